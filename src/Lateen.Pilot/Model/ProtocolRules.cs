namespace Lateen.Pilot.Model;

/// <summary>Istio's rules for the protocol of a port, and what follows from it.</summary>
public static class ProtocolRules
{
    /// <summary>Protocol by its name, in any case; <see cref="Protocol.Auto"/> for a name that is unknown.</summary>
    public static Protocol Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.ToUpperInvariant() switch
        {
            "HTTP" => Protocol.Http,
            "HTTP_PROXY" => Protocol.HttpProxy,
            "HTTP2" => Protocol.Http2,
            "GRPC" => Protocol.Grpc,
            "GRPC-WEB" => Protocol.GrpcWeb,
            "HTTPS" => Protocol.Https,
            "TLS" => Protocol.Tls,
            "TCP" => Protocol.Tcp,
            "MONGO" => Protocol.Mongo,
            "REDIS" => Protocol.Redis,
            "MYSQL" => Protocol.MySql,
            "UDP" => Protocol.Udp,
            _ => Protocol.Auto,
        };
    }

    /// <summary>
    /// Protocol of a port of a Kubernetes Service. UDP is UDP; the application protocol wins over the name; of the name
    /// the part before the first dash counts; servers that speak first on their well-known ports are taken for TCP.
    /// </summary>
    public static Protocol OfKubernetesPort(int port, string name, string transport, string? appProtocol)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (string.Equals(transport, "UDP", StringComparison.OrdinalIgnoreCase))
        {
            return Protocol.Udp;
        }
        if (appProtocol is not null)
        {
            switch (appProtocol)
            {
                case "kubernetes.io/h2c":
                    return Protocol.Http2;
                case "kubernetes.io/ws":
                    return Protocol.Http;
                case "kubernetes.io/wss":
                    return Protocol.Https;
                default:
                    name = appProtocol;
                    break;
            }
        }
        if (name.StartsWith("grpc-web", StringComparison.OrdinalIgnoreCase))
        {
            return Protocol.GrpcWeb;
        }
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        var protocol = Parse(dash < 0 ? name : name[..dash]);
        return protocol == Protocol.Auto && IsServerFirst(port) ? Protocol.Tcp : protocol;
    }

    /// <summary>SMTP, DNS, MySQL and MongoDB by their numbers: there the server may speak first, so nothing is
    /// sniffed.</summary>
    public static bool IsServerFirst(int port) => port is 25 or 53 or 3306 or 27017;

    /// <summary>An HTTP connection manager is used.</summary>
    public static bool IsHttp(this Protocol protocol)
        => protocol is Protocol.Http or Protocol.HttpProxy or Protocol.Http2 or Protocol.Grpc or Protocol.GrpcWeb;

    /// <summary>HTTP/2 is known to be spoken upstream.</summary>
    public static bool IsHttp2(this Protocol protocol)
        => protocol is Protocol.Http2 or Protocol.Grpc or Protocol.GrpcWeb;

    /// <summary>Bytes are passed on as they are.</summary>
    public static bool IsTcp(this Protocol protocol) => protocol is Protocol.Tcp or Protocol.Https or Protocol.Tls
        or Protocol.Mongo or Protocol.Redis or Protocol.MySql;

    /// <summary>The application itself speaks TLS.</summary>
    public static bool IsTls(this Protocol protocol) => protocol is Protocol.Https or Protocol.Tls;

    /// <summary>It must be detected.</summary>
    public static bool IsAuto(this Protocol protocol) => protocol == Protocol.Auto;
}
