using System.Text;
using Lateen.Grpc;
using Lateen.Http;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Discovery;

/// <summary>Where a gRPC call of the proxy itself goes. Source: <c>core.v3.GrpcService.envoy_grpc</c>.</summary>
internal sealed record GrpcTarget
{
    /// <summary>Messages above this end the call, unless the configuration names another limit.</summary>
    public const int MessageBytesDefault = 256 * 1024 * 1024;

    /// <summary>Name of the cluster, looked up at each call.</summary>
    public required string Cluster { get; init; }

    /// <summary>Value of <c>:authority</c>; empty, the default, for the cluster's name.</summary>
    public string Authority { get; init; } = "";

    /// <summary>Largest message taken, in bytes.</summary>
    public int MessageBytesMax { get; init; } = MessageBytesDefault;

    /// <summary>Leaves out <c>x-envoy-internal</c> and <c>x-forwarded-for</c>.</summary>
    public bool SkipsEnvoyHeaders { get; init; }

    /// <summary>Metadata of every call: names in lower case, values as they go.</summary>
    public IReadOnlyList<(string Name, string Value)> Metadata { get; init; } = [];

    /// <summary>Fills the headers of a call.</summary>
    internal void Prepare(HeaderMap headers, string path, GrpcMetadata? metadata)
    {
        headers.Add(HeaderId.Method, "POST"u8);
        headers.Add(HeaderId.Path, Encoding.ASCII.GetBytes(path));
        headers.Add(HeaderId.Authority, Encoding.ASCII.GetBytes(Authority.Length > 0 ? Authority : Cluster));
        headers.Add(HeaderId.Scheme, "http"u8);
        headers.Add(HeaderId.TE, "trailers"u8);
        headers.Add(HeaderId.ContentType, "application/grpc"u8);
        foreach (var (name, value) in Metadata)
        {
            Add(headers, name, value);
        }

        foreach (var (name, value) in metadata ?? [])
        {
            Add(headers, name, value);
        }

        if (!SkipsEnvoyHeaders)
        {
            headers.Set(HeaderId.XEnvoyInternal, "true"u8);
            MachineAddress.AppendTo(headers);
        }
    }

    private static void Add(HeaderMap headers, string name, string value) =>
        headers.Add(HeaderName.Create(name), Encoding.UTF8.GetBytes(value));
}
