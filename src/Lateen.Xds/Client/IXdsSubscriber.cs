namespace Lateen.Xds.Client;

/// <summary>What an owner of configuration tells its discovery: which resources it wants. Any thread may
/// call.</summary>
public interface IXdsSubscriber
{
    /// <summary>Wants all resources of a type.</summary>
    void SubscribeAll(string typeUrl);

    /// <summary>Wants exactly these resources of a type by name.</summary>
    void SetNames(string typeUrl, IReadOnlyCollection<string> names);
}
