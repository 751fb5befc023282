using System.Text;
using Lateen.Http;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>Service and method of a path, and the counters below them.</summary>
/// <param name="Service">The service; empty where only the cluster counts.</param>
/// <param name="Method">The method.</param>
internal readonly record struct GrpcMethod(string Service, string Method)
{
    /// <summary>Reads <c>/service/method</c>; false when the path has another form.</summary>
    public static bool TryParse(ReadOnlySpan<byte> path, out GrpcMethod method)
    {
        var query = path.IndexOf((byte)'?');
        path = query < 0 ? path : path[..query];
        method = default;
        if (path.IsEmpty || path[0] != '/' || path[1..].IndexOf((byte)'/') is not (> 0 and var slash))
        {
            return false;
        }
        var name = path[(slash + 2)..];
        if (name.IsEmpty || name.Contains((byte)'/'))
        {
            return false;
        }
        method = new GrpcMethod(Encoding.UTF8.GetString(path[1..(slash + 1)]), Encoding.UTF8.GetString(name));
        return true;
    }

    /// <summary>Counts below <c>KIND.service.method.</c> of the stream's cluster.</summary>
    public void Count(HttpStream stream, string kind, string name, long amount = 1)
    {
        if (stream.Info.UpstreamCluster?.Stats.Scope is { } scope)
        {
            scope.Add(stream.Worker.Index, scope.GetOrAdd($"{PrefixOf(kind)}{name}"), amount);
        }
    }

    /// <summary>Counts a call's status, if it has one.</summary>
    public void CountStatus(HttpStream stream, string kind, HeaderMap headers)
    {
        if (!headers.TryGet(HeaderId.GrpcStatus, out var status))
        {
            return;
        }
        Count(stream, kind, Encoding.ASCII.GetString(status));
        Count(stream, kind, status.SequenceEqual("0"u8) ? "success" : "failure");
        Count(stream, kind, "total");
    }

    /// <summary>What the names of its statistics begin with.</summary>
    public string PrefixOf(string kind) => string.IsNullOrEmpty(Service) ? $"{kind}." : $"{kind}.{Service}.{Method}.";
}
