using Lateen.Http;
using Lateen.Proxy.Aws;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>aws_request_signing</c>: requests are signed for services of AWS.</summary>
internal sealed class AwsRequestSigningFilter : HttpFilter
{
    public override bool FitsAttempts => true;

    public required AwsSigning Signing { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var signing = SigningOf(stream);
        if (signing.HostRewrite.Length > 0)
        {
            stream.Request.Set(HeaderId.Authority, signing.HostRewrite);
        }
        if (!signing.IsBodyUnsigned && !(stream.RequestPassed && stream.BufferedBody.IsEmpty))
        {
            return new HttpFilterResult(HttpFilterStatus.AwaitBody, BodyBytesMax: HttpStream.HeldResponseBytesMax);
        }
        signing.SignHead(stream);
        return HttpFilterResult.Continue;
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete)
    {
        if (!isComplete)
        {
            return BufferFilter.Refuse(stream);
        }
        SigningOf(stream).SignWhole(stream);
        return HttpFilterResult.Continue;
    }

    private AwsSigning SigningOf(HttpStream stream) =>
        Route.GetPerFilterConfig(stream.Info, Name) as AwsSigning ?? Signing;
}
