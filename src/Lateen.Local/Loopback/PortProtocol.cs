using Lateen.Kubernetes.Objects;

namespace Lateen.Local.Loopback;

/// <summary>Protocol of a service's port by Istio's rule: the application protocol, else the name up to its first dash.
/// A Sidecar must name one, so that what would be detected counts as TCP.</summary>
internal static class PortProtocol
{
    private static readonly HashSet<string> _known =
        ["HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTPS", "TLS", "TCP", "MONGO", "REDIS", "MYSQL"];

    public static string Of(ServicePort port) => port.AppProtocol switch
    {
        { Length: > 0 } protocol => OfName(protocol),
        _ => OfName(port.Name),
    };

    /// <summary>Protocol by a port's name or by an application protocol.</summary>
    public static string OfName(string name)
    {
        switch (name)
        {
            case "kubernetes.io/h2c":
                return "HTTP2";
            case "kubernetes.io/ws":
                return "HTTP";
            case "kubernetes.io/wss":
                return "HTTPS";
        }

        var upper = name.ToUpperInvariant();
        var first = upper.StartsWith("GRPC-WEB", StringComparison.Ordinal) ? "GRPC-WEB" : upper.Split('-')[0];
        return _known.Contains(first) ? first : "TCP";
    }

    public static bool IsHttp(string protocol) => protocol is "HTTP" or "HTTP2" or "GRPC" or "GRPC-WEB";
}
