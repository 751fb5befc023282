namespace Lateen.Galley;

/// <summary>How a folder is read and watched.</summary>
public sealed record FolderSourceOptions
{
    /// <summary>For objects that name no namespace; <c>default</c>.</summary>
    public string DefaultNamespace { get; init; } = "default";

    /// <summary>Whether the operating system is asked to tell of changes; else the rescan alone finds them.</summary>
    public bool UseNotifications { get; init; } = true;

    /// <summary>How long nothing may change before changes are read; 100 ms.</summary>
    public TimeSpan QuietTime { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long changes may wait in all when they do not end; 1 s.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the folder is looked over in case a change went unnoticed; 10 s.</summary>
    public TimeSpan RescanInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Files beyond this many are not read, and an error tells so; 20,000.</summary>
    public int MaxFiles { get; init; } = 20_000;

    /// <summary>Bytes of one file; 16 MiB. A larger one is an error.</summary>
    public long MaxFileLength { get; init; } = 16 * 1024 * 1024;
}
