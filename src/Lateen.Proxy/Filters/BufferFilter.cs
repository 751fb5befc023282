using System.Globalization;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>buffer</c>: a request goes on when its body is complete. Source:
/// <c>buffer.v3.Buffer</c>.</summary>
internal sealed class BufferFilter : HttpFilter
{
    private static readonly byte[] TooLargeBody = "Payload Too Large"u8.ToArray();
    private static readonly byte[] TooLargeDetails = "request_payload_too_large"u8.ToArray();

    public override bool FitsAttempts => true;

    /// <summary>Bytes of a body; longer ones are answered with 413.</summary>
    public required int RequestBytesMax { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        if (stream.RequestPassed && stream.BufferedBody.IsEmpty)
        {
            return HttpFilterResult.Continue;
        }
        var limit = Route.GetPerFilterConfig(stream.Info, Name) is BufferSettings settings
            ? settings.RequestBytesMax
            : RequestBytesMax;
        return new HttpFilterResult(HttpFilterStatus.AwaitBody, BodyBytesMax: limit);
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete)
    {
        if (!isComplete)
        {
            return Refuse(stream);
        }
        if (!stream.Request.Contains(HeaderId.ContentLength))
        {
            Span<byte> text = stackalloc byte[11];
            stream.BufferedBody.Length.TryFormat(text, out var written, default, CultureInfo.InvariantCulture);
            stream.Request.Set(HeaderId.ContentLength, text[..written]);
        }
        return HttpFilterResult.Continue;
    }

    /// <summary>The answer to a body that is too long to be held.</summary>
    internal static HttpFilterResult Refuse(HttpStream stream)
    {
        if (!stream.Router.FiltersRequest)
        {
            stream.Count(HttpStat.DownstreamRqTooLarge);
        }
        stream.Info.ResponseCodeDetails = TooLargeDetails;
        stream.Codec.CloseAfterResponse();
        return new HttpFilterResult(HttpFilterStatus.LocalReply, 413, TooLargeBody);
    }
}

/// <summary>Another limit for a route.</summary>
internal sealed record BufferSettings(int RequestBytesMax);
