using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using ModeProto = Envoy.Extensions.Filters.Http.ExtProc.V3.ProcessingMode;
using StringMatcher = Lateen.Proxy.Routing.StringMatcher;

namespace Lateen.Proxy.ExtProc;

/// <summary>Settings of the filter <c>ext_proc</c>. Source: <c>ext_proc.v3.ExternalProcessor</c>.</summary>
internal sealed record ExtProcConfig
{
    /// <summary>Null: <see cref="Http"/>.</summary>
    public GrpcServiceTarget? Service { get; init; }

    /// <summary>A service that is asked by HTTP requests; null: <see cref="Service"/>.</summary>
    public ExtProcHttpTarget? Http { get; init; }

    public bool FailureModeAllow { get; init; }

    public ProcessingModes Modes { get; init; } = new();

    /// <summary>How long an answer may take; zero: for ever.</summary>
    public long MessageTimeoutNanos { get; init; } = 200_000_000;

    /// <summary>How long the service may make that; zero: not at all.</summary>
    public long MessageTimeoutNanosMax { get; init; }

    public required HeaderMutationRules Rules { get; init; }

    /// <summary>Headers that the service sees; null: all.</summary>
    public StringMatcher[]? AllowedHeaders { get; init; }

    public StringMatcher[] DisallowedHeaders { get; init; } = [];

    public bool AllowModeOverride { get; init; }

    /// <summary>The only modes that the service may ask for; empty: any.</summary>
    public ModeProto[] AllowedOverrides { get; init; } = [];

    /// <summary>Bodies do not wait for the answer to the headers.</summary>
    public bool SendsBodyEarly { get; init; }

    /// <summary>The service may set the length of a body that it changes.</summary>
    public bool AllowsContentLength { get; init; }

    /// <summary>Traces show the talk; else the service is told that it is not recorded.</summary>
    public bool EmitsSpan { get; init; } = true;

    /// <summary>Status of the answer when processing fails.</summary>
    public int StatusOnError { get; init; } = 500;

    /// <summary>How long the stream of an observer outlives the request. Default: five seconds.</summary>
    public long DeferredCloseNanos { get; init; } = 5_000_000_000;

    public bool DisableImmediateResponse { get; init; }

    /// <summary>The service only looks on.</summary>
    public bool IsObserver { get; init; }

    public RouteCacheAction RouteCache { get; init; }

    /// <summary>Namespaces of metadata that the service sees.</summary>
    public MetadataNamespaces ForwardedNamespaces { get; init; } = MetadataNamespaces.None;

    /// <summary>The same of the metadata of the request's cluster.</summary>
    public MetadataNamespaces ClusterNamespaces { get; init; } = MetadataNamespaces.None;

    /// <summary>Namespaces of metadata that the service may write.</summary>
    public string[] ReceivedNamespaces { get; init; } = [];

    /// <summary>What the first message about the request tells besides.</summary>
    public ExtProcAttribute[] RequestAttributes { get; init; } = [];

    /// <summary>What the first message about the response tells besides.</summary>
    public ExtProcAttribute[] ResponseAttributes { get; init; } = [];

    /// <summary>What is told in place of these attributes; null: nothing else.</summary>
    public MappedAttributes? Mapped { get; init; }
}

/// <summary>What becomes of the chosen route after a service changed headers.</summary>
internal enum RouteCacheAction : byte
{
    Default,
    Clear,
    Retain,
}

/// <summary>How a body is sent. The values are Envoy's.</summary>
internal enum BodyMode : byte
{
    None,
    Streamed,
    Buffered,
    BufferedPartial,
    FullDuplexStreamed,
}

/// <summary>Which parts of a stream the service sees. Source: <c>ProcessingMode</c>.</summary>
internal sealed record ProcessingModes(
    bool RequestHeaders = true, bool ResponseHeaders = true, BodyMode RequestBody = BodyMode.None,
    BodyMode ResponseBody = BodyMode.None, bool RequestTrailers = false, bool ResponseTrailers = false);

/// <summary>Settings of a route; null leaves the filter's.</summary>
internal sealed record ExtProcRouteSettings(
    ProcessingModes? Modes, GrpcServiceTarget? Service, MetadataNamespaces? Forwarded,
    MetadataNamespaces? ForwardedOfCluster, string[]? Received,
    (Lateen.Http.HeaderName Name, byte[] Value)[] Metadata, bool? FailureModeAllow, bool? EmitsSpan,
    MappedAttributes? Mapped);

/// <summary>Attributes under names of one's own; where there are none, the others are told. Source:
/// <c>MappedAttributeBuilder</c>.</summary>
internal sealed record MappedAttributes(ExtProcAttribute[] Request, ExtProcAttribute[] Response);

/// <summary>Where the requests of a service go. Source: <c>ExtProcHttpService</c>.</summary>
/// <param name="Cluster">The service's cluster.</param>
/// <param name="Authority">Host of the requests.</param>
/// <param name="Path">Their path.</param>
/// <param name="TimeoutNanos">Time limit of one; zero is none.</param>
/// <param name="Headers">Headers that each gets.</param>
internal sealed record ExtProcHttpTarget(
    ClusterSlot Cluster, byte[] Authority, byte[] Path, long TimeoutNanos,
    (Lateen.Http.HeaderName Name, byte[] Value)[] Headers);
