namespace Lateen.Net;

/// <summary>Who takes the connections of a <see cref="ListenSocket"/>.</summary>
public interface IAcceptCallbacks
{
    /// <summary>A connection has come in. Set its callbacks, or close it.</summary>
    void OnAccept(Connection connection);

    /// <summary>A connection that is to go to another loop instead: true when it is on its way there, and its
    /// descriptor the other's (see <see cref="Connection.TryAdopt"/>).</summary>
    bool TryPass(int descriptor, in NetAddress peer) => false;
}
