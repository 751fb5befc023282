namespace Lateen.Pilot.Model;

/// <summary>What a port speaks, as far as it was declared.</summary>
public enum Protocol
{
    /// <summary>Not declared, or by a name that Istio does not know: detected from the first bytes.</summary>
    Auto,

    /// <summary>HTTP/1.x.</summary>
    Http,

    /// <summary>HTTP/1.x of an explicit proxy.</summary>
    HttpProxy,

    /// <summary>HTTP/2 without TLS, or inside mutual TLS.</summary>
    Http2,

    /// <summary>gRPC, carried by HTTP/2.</summary>
    Grpc,

    /// <summary>gRPC-Web, carried by HTTP/1.1 or HTTP/2.</summary>
    GrpcWeb,

    /// <summary>HTTP inside TLS that the application itself speaks.</summary>
    Https,

    /// <summary>TLS with something unknown inside.</summary>
    Tls,

    /// <summary>Opaque bytes.</summary>
    Tcp,

    /// <summary>MongoDB's protocol.</summary>
    Mongo,

    /// <summary>Redis' protocol.</summary>
    Redis,

    /// <summary>MySQL's protocol; the server speaks first.</summary>
    MySql,

    /// <summary>Datagrams; no listener and no cluster is made.</summary>
    Udp,

    /// <summary>HTTP/2 CONNECT tunnel of the ambient mesh.</summary>
    Hbone,
}
