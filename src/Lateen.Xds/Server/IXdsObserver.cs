namespace Lateen.Xds.Server;

/// <summary>Hears that resources changed. Calls come from any thread and must return at once.</summary>
public interface IXdsObserver
{
    /// <summary>Something changed: look again.</summary>
    void OnResourcesChanged();
}
