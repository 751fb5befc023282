using Lateen.Proxy.ExtProc;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.ExtAuthz;

/// <summary>Settings of <c>ext_authz</c>. Source: <c>ext_authz.v3.ExtAuthz</c>.</summary>
internal sealed class ExtAuthzConfig
{
    /// <summary>Who decides, unless the route names another.</summary>
    public required ExtAuthzService Service { get; init; }

    /// <summary>Requests pass when the service fails.</summary>
    public bool FailureModeAllow { get; init; }

    public bool FailureModeAllowHeaderAdd { get; init; }

    public int StatusOnError { get; init; } = 403;

    public ExtAuthzBody Body { get; init; } = ExtAuthzBody.None;

    public bool ClearRouteCache { get; init; }

    /// <summary>Request headers that make the route be chosen anew when the service changes one; empty: any
    /// does. Source: <c>clear_route_cache_headers</c>, lower case.</summary>
    public string[] ClearRouteCacheHeaders { get; init; } = [];

    /// <summary>Refusals and failures are only counted, and told in the filter state.</summary>
    public bool IsShadow { get; init; }

    public FractionalPercent Enabled { get; init; } = FractionalPercent.All;

    /// <summary>Must match dynamic metadata for the filter to be on; null: it need not.</summary>
    public MetadataMatcher? EnabledMetadata { get; init; }

    /// <summary>Requests are refused while the filter is off; null: they pass.</summary>
    public RuntimeFlag? DenyAtDisable { get; init; }

    public bool IncludePeerCertificate { get; init; }

    public bool IncludeTlsSession { get; init; }

    /// <summary>Headers are told one by one, in bytes.</summary>
    public bool EncodeRawHeaders { get; init; }

    /// <summary>Namespaces of dynamic metadata that the service is told.</summary>
    public MetadataNamespaces MetadataNamespaces { get; init; } = MetadataNamespaces.None;

    /// <summary>The same of the route's metadata.</summary>
    public MetadataNamespaces RouteMetadataNamespaces { get; init; } = MetadataNamespaces.None;

    /// <summary>Request headers for the service; null: all (gRPC) or the standard ones.</summary>
    public StringMatcher[]? AllowedHeaders { get; init; }

    public StringMatcher[] DisallowedHeaders { get; init; } = [];

    /// <summary>Which request headers the service may change; null: any.</summary>
    public HeaderMutationRules? MutationRules { get; init; }

    /// <summary>A change that cannot be made fails the request.</summary>
    public bool ValidateMutations { get; init; }

    /// <summary>The service's dynamic metadata is taken.</summary>
    public bool TakesMetadata { get; init; } = true;

    /// <summary>Refusals count as answers of the route's cluster.</summary>
    public bool ChargesCluster { get; init; } = true;

    /// <summary>Traces show calls by HTTP; those by gRPC are always shown, as in Envoy.</summary>
    public bool EmitsSpan { get; init; } = true;

    /// <summary>Latency and bytes of the call are left in the filter state.</summary>
    public bool TellsStats { get; init; }

    /// <summary>Bytes of a refusal's body; zero: any number.</summary>
    public int DeniedBodyBytesMax { get; init; }

    /// <summary>Whether one of the rules fits a lower-case name.</summary>
    public static bool Fits(StringMatcher[] rules, ReadOnlySpan<byte> name)
    {
        foreach (var rule in rules)
        {
            if (rule.IsMatch(name))
            {
                return true;
            }
        }
        return false;
    }
}
