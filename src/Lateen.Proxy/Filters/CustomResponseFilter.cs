using System.Text;
using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.CustomResponses;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Matching;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>custom_response</c>: other responses in place of some, the proxy's own
/// included.</summary>
internal sealed class CustomResponseFilter : HttpFilter
{
    private const string StateKey = "lateen.custom_response";

    public MatcherTree<CustomResponsePolicy>? Tree { get; init; }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        var info = stream.Info;
        if (info.FilterState?.Get(StateKey) is Followed followed)
        {
            Finish(stream, followed);
            return HttpFilterStatus.Continue;
        }
        var tree = Route.GetPerFilterConfig(info, Name) as MatcherTree<CustomResponsePolicy> ?? Tree;
        switch (tree?.Match(new MatchData(info, stream.Request, stream.Response)))
        {
            case LocalResponsePolicy local:
                Answer(stream, local);
                return HttpFilterStatus.Wait;
            case RedirectResponsePolicy redirect:
                Follow(stream, redirect);
                return HttpFilterStatus.Wait;
            default:
                return HttpFilterStatus.Continue;
        }
    }

    private static void Finish(HttpStream stream, Followed followed)
    {
        var policy = followed.Policy;
        var status = policy.StatusCode > 0 ? policy.StatusCode : followed.Status;
        stream.Response.Set(HeaderId.Status, Encoding.ASCII.GetBytes($"{status}"));
        policy.ResponseHeaders.Apply(stream.Response, stream.Info);
    }

    private static void Answer(HttpStream stream, LocalResponsePolicy policy)
    {
        var info = stream.Info;
        var body = policy.Body;
        if (policy.Format is { } format)
        {
            var text = new ByteBuffer();
            format.Write(text, info, new FormatContext(AccessLogType.NotSet, 0, body));
            body = text.ToArray();
        }
        stream.LocalReplyHeaders.Clear();
        policy.ResponseHeaders.Apply(stream.LocalReplyHeaders, info);
        var status = policy.StatusCode > 0 ? policy.StatusCode : info.ResponseCode;
        stream.SendLocalReply(status, body, ResponseFlags.None, policy.Details switch
        {
            null => info.ResponseCodeDetails,
            { Length: 0 } => ResponseDetails.Blank,
            var given => given,
        });
    }

    private static void Replace(HeaderMap request, HeaderId id, byte[]? value)
    {
        if (value is not null)
        {
            request.Set(id, value);
        }
    }

    private static void Follow(HttpStream stream, RedirectResponsePolicy policy)
    {
        var (request, info) = (stream.Request, stream.Info);
        var status = info.ResponseCode;
        Replace(request, HeaderId.Scheme, policy.Scheme);
        Replace(request, HeaderId.Authority, policy.Authority);
        Replace(request, HeaderId.Path, policy.Path);
        policy.RequestHeaders.Apply(request, info);
        info.SetFilterState(StateKey, new Followed(policy, status));
        var isPlain = request.Get(HeaderId.Method).SequenceEqual("GET"u8);
        if (!isPlain)
        {
            // The other page is only read.
            request.Set(HeaderId.Method, "GET"u8);
            request.Remove(HeaderId.ContentLength);
        }
        stream.RefreshRoute();
        stream.Router.Abort();
        stream.Recreate(status, isPlain);
    }

    /// <summary>What the other page stands for.</summary>
    /// <param name="Policy">Why it was asked for.</param>
    /// <param name="Status">Status of the response in whose place it comes.</param>
    private sealed record Followed(RedirectResponsePolicy Policy, int Status);
}
