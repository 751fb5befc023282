namespace Lateen.Net;

/// <summary>Who takes the connections of a <see cref="ListenSocket"/>.</summary>
public interface IAcceptCallbacks
{
    /// <summary>A connection has come in. Set its callbacks, or close it.</summary>
    void OnAccept(Connection connection);
}
