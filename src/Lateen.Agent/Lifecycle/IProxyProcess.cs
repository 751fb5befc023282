namespace Lateen.Agent.Lifecycle;

/// <summary>The proxy that an agent runs: our own within this process, or another program.</summary>
public interface IProxyProcess : IAsyncDisposable
{
    /// <summary>Ends when the proxy ends, for whatever reason.</summary>
    Task Ended { get; }

    /// <summary>Starts it.</summary>
    void Start();

    /// <summary>Ends it at once; draining has happened before.</summary>
    void Kill();
}
