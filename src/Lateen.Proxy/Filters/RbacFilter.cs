using Lateen.Http;
using Lateen.Proxy.Rbac;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>rbac</c>; a refusal is 403. Source: <c>rbac.v3.RBAC</c>.</summary>
internal sealed class RbacFilter : HttpFilter
{
    private const int GrpcPermissionDenied = 7;
    private static readonly byte[] Denied = "RBAC: access denied"u8.ToArray();

    public required RbacRules Rules { get; init; }

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        var rules = Route.GetPerFilterConfig(info, Name) as RbacRules ?? Rules;
        if (rules.IsAllowed(worker, request, info, Rules.Stats, out var details))
        {
            return HttpFilterResult.Continue;
        }
        info.ResponseCodeDetails = details;
        return new HttpFilterResult(HttpFilterStatus.LocalReply, 403, Denied, GrpcPermissionDenied);
    }
}
