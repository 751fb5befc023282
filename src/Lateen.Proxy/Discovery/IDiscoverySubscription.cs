namespace Lateen.Proxy.Discovery;

/// <summary>Brings resources of one source: a stream, polling or a file. Any thread may call.</summary>
internal interface IDiscoverySubscription : IDisposable
{
    /// <summary>Begins; what comes is told to the hub, perhaps within this call.</summary>
    void Start();

    /// <summary>Wants exactly these names of a type; with <paramref name="all"/> all others, too.</summary>
    void Want(string typeUrl, IReadOnlyCollection<string> names, bool all);

    /// <summary>A resource that is wanted already has a new user.</summary>
    void AskAgain(string typeUrl);

    /// <summary>Holds back, or lets go again, what is to be said about a type.</summary>
    void SetPaused(string typeUrl, bool paused);
}
