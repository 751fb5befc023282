namespace Lateen.Proxy.Config;

/// <summary>What the process is at, with the numbers of <c>server.state</c>.</summary>
internal enum ServerState
{
    Live = 0,
    Draining = 1,

    /// <summary>Waiting for clusters.</summary>
    PreInitializing = 2,

    /// <summary>Waiting for listeners.</summary>
    Initializing = 3,
}
