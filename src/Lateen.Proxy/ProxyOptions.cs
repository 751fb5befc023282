namespace Lateen.Proxy;

/// <summary>Settings of a proxy process, as Envoy's command line has them.</summary>
public sealed record ProxyOptions
{
    /// <summary>Number of workers; zero counts as one.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Overrides <c>node.id</c>.</summary>
    public string? ServiceNode { get; init; }

    /// <summary>Overrides <c>node.cluster</c>.</summary>
    public string? ServiceCluster { get; init; }

    /// <summary>Overrides <c>node.locality.zone</c>.</summary>
    public string? ServiceZone { get; init; }

    /// <summary>How long connections of removed listeners may go on. Default 600 s.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>How often access log files are written. Default 10 s.</summary>
    public TimeSpan FileFlushInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A file that receives the admin address; null: none.</summary>
    public string? AdminAddressPath { get; init; }

    /// <summary>The text shown as version, <c>sha/version/Clean/RELEASE/TLS</c>.</summary>
    public string Version { get; init; } = "0/0.1.0/Clean/RELEASE/OpenSSL";

    /// <summary>Seeds the load balancers and request ids; zero: taken from the clock.</summary>
    public ulong RandomSeed { get; init; }

    /// <summary>Reads the environment, for formats and data sources.</summary>
    public Func<string, string?> Environment { get; init; } = static _ => null;

    /// <summary>The command line as given, for <c>/server_info</c>; keys are the option names with
    /// underscores.</summary>
    public IReadOnlyDictionary<string, string> CommandLine { get; init; } = new Dictionary<string, string>();
}
