using Lateen.Grpc;
using Lateen.Xds.Client;

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

    /// <summary>Texts of the bootstrap with unknown fields that were passed over
    /// (<c>server.static_unknown_fields</c>). Default 0.</summary>
    public int StaticUnknownFields { get; init; }

    /// <summary>Whether responses of what drains say <c>connection: close</c> the more often the longer it drains,
    /// or all of them at once. Default true, as Envoy's.</summary>
    public bool DrainsGradually { get; init; } = true;

    /// <summary>How often access log files are written. Default 10 s.</summary>
    public TimeSpan FileFlushInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An access log file is written at once when this many bytes wait. Default 64 KiB.</summary>
    public int FileFlushBytesMin { get; init; } = 64 * 1024;

    /// <summary>Whether discovered resources with unknown fields are refused. Default false.</summary>
    public bool RejectsUnknownDynamicFields { get; init; }

    /// <summary>Whether the machine's own address in <c>x-forwarded-for</c> is of version 6. Default false.</summary>
    public bool LocalAddressIsV6 { get; init; }

    /// <summary>Tags added to all statistics.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> StatsTags { get; init; } = [];

    /// <summary>A file that receives the admin address; null: none.</summary>
    public string? AdminAddressPath { get; init; }

    /// <summary>The text shown as version, <c>sha/version/Clean/RELEASE/TLS</c>.</summary>
    public string Version { get; init; } = "0000000000000000000000000000000000000000/0.1.0/Clean/RELEASE/OpenSSL";

    /// <summary>Seeds the load balancers and request ids; zero: taken from the clock.</summary>
    public ulong RandomSeed { get; init; }

    /// <summary>
    /// A cluster that stands for this process: secrets that would come over it are given to
    /// <see cref="ProxyServer.ApplySecret"/>. Empty, the default: none.
    /// </summary>
    public string ProvidedCluster { get; init; } = "";

    /// <summary>More metadata of every new aggregated stream (a bearer token); null: none.</summary>
    public Func<GrpcMetadata>? DiscoveryMetadata { get; init; }

    /// <summary>Comes between the aggregated stream and the network; null: nothing.</summary>
    public Func<IXdsTransport, IXdsTransport>? WrapDiscovery { get; init; }

    /// <summary>Names of extensions that configuration may not use, such as <c>envoy.filters.http.fault</c>.</summary>
    public IReadOnlyList<string> DisabledExtensions { get; init; } = [];

    /// <summary>Reads the environment, for formats and data sources.</summary>
    public Func<string, string?> Environment { get; init; } = static _ => null;

    /// <summary>The command line as given, for <c>/server_info</c>; keys are the option names with
    /// underscores.</summary>
    public IReadOnlyDictionary<string, string> CommandLine { get; init; } = new Dictionary<string, string>();

    /// <summary>No thread is started: the caller turns the workers' loops and gives discovered resources to the
    /// configuration. For simulated networks; false by default.</summary>
    internal bool IsStepped { get; init; }
}
