using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Runtime;

/// <summary>For which request a call is made, so that its trace shows the call.</summary>
/// <param name="Of">The request; null: none.</param>
/// <param name="IsGrpc">The span is a gRPC call's, and the caller ends it.</param>
/// <param name="IsSampled">False: the callee is told not to record.</param>
internal readonly record struct HttpCallTrace(HttpStream? Of, bool IsGrpc = false, bool IsSampled = true)
{
    /// <summary>Begins the span and tells the callee of it; null where the request has none.</summary>
    public CallSpan? Begin(HeaderMap headers, Cluster cluster) => Of is null ? null
        : IsGrpc ? CallSpan.BeginGrpc(Of, headers.Get(HeaderId.Path), headers, cluster)
        : CallSpan.BeginHttp(Of, default, headers, cluster, IsSampled);
}
