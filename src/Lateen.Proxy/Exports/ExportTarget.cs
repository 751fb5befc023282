using Lateen.Http;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Exports;

/// <summary>Where telemetry goes: a gRPC method or an HTTP path behind one of the proxy's clusters.</summary>
internal sealed class ExportTarget
{
    public required ClusterSlot Cluster { get; init; }

    /// <summary>gRPC over HTTP/2, else a plain POST.</summary>
    public required bool IsGrpc { get; init; }

    public required byte[] Path { get; init; }

    public required byte[] Authority { get; init; }

    public byte[] ContentType { get; init; } = "application/grpc"u8.ToArray();

    /// <summary>Empty: none is sent.</summary>
    public byte[] UserAgent { get; init; } = [];

    /// <summary>Headers of the configuration.</summary>
    public (HeaderName Name, byte[] Value)[] Headers { get; init; } = [];

    /// <summary>Headers among them that take the place of those which are there without them.</summary>
    public HeaderName[] Replaced { get; init; } = [];

    /// <summary>Until the whole answer has come; zero: unlimited.</summary>
    public long TimeoutNanos { get; init; }

    /// <summary>Fills the headers of one request.</summary>
    public void Prepare(HeaderMap headers)
    {
        headers.Add(HeaderId.Method, "POST"u8);
        headers.Add(HeaderId.Path, Path);
        headers.Add(HeaderId.Authority, Authority);
        headers.Add(HeaderId.Scheme, "http"u8);
        if (IsGrpc)
        {
            headers.Add(HeaderId.TE, "trailers"u8);
        }

        headers.Add(HeaderId.ContentType, ContentType);
        if (UserAgent.Length > 0)
        {
            headers.Add(HeaderId.UserAgent, UserAgent);
        }

        foreach (var name in Replaced)
        {
            headers.Remove(name);
        }

        foreach (var (name, value) in Headers)
        {
            headers.Add(name, value);
        }
    }
}
