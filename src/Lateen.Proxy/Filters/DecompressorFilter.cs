using System.Text;
using Lateen.Http;
using Lateen.Proxy.Compression;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>decompressor</c>.</summary>
internal sealed class DecompressorFilter(StatsScope scope) : HttpFilter
{
    private static readonly HeaderName ContentEncoding = HeaderName.Create("content-encoding");
    private static readonly HeaderName AcceptEncoding = HeaderName.Create("accept-encoding");

    public required CompressionLibrary Library { get; init; }

    public required DecompressionDirection RequestDirection { get; init; }

    public required DecompressionDirection ResponseDirection { get; init; }

    /// <summary>Upstreams are told that the coding is understood.</summary>
    public bool Advertise { get; init; }

    /// <summary>Counts what cannot be read.</summary>
    public int DataErrorStat { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var request = stream.Request;
        if (Advertise && ResponseDirection.IsOn())
        {
            AdvertiseTo(request);
        }
        if (TryStart(stream, request, RequestDirection, stream.RequestPassed) is { } transform)
        {
            stream.AddRequestStage(transform);
        }
        return HttpFilterResult.Continue;
    }

    /// <summary>Puts the coding at the end of those accepted, where it stands once.</summary>
    private void AdvertiseTo(HeaderMap request)
    {
        var own = Encoding.Latin1.GetString(Library.Encoding);
        var had = request.TryGet(AcceptEncoding, out var value) ? Encoding.Latin1.GetString(value) : "";
        var accepted = had
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(token => !token.Equals(own, StringComparison.OrdinalIgnoreCase)).Append(own);
        request.Set(AcceptEncoding, Encoding.Latin1.GetBytes(string.Join(',', accepted)));
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (TryStart(stream, stream.Response, ResponseDirection, endStream) is { } transform)
        {
            stream.AddResponseStage(transform);
        }
        return HttpFilterStatus.Continue;
    }

    private CodecTransform? TryStart(
        HttpStream stream, HeaderMap headers, DecompressionDirection direction, bool endStream)
    {
        var worker = stream.Worker.Index;
        if (endStream)
        {
            return null;
        }
        if (!direction.IsOn()
            || (!direction.IgnoreNoTransform && CompressorFilter.HasNoTransform(headers))
            || !headers.TryGet(ContentEncoding, out var codings))
        {
            scope.Add(worker, direction.NotDecompressed);
            return null;
        }
        var comma = codings.IndexOf((byte)',');
        var first = (comma < 0 ? codings : codings[..comma]).Trim((byte)' ');
        if (!Ascii.EqualsIgnoreCase(first, Library.Encoding))
        {
            scope.Add(worker, direction.NotDecompressed);
            return null;
        }
        scope.Add(worker, direction.Decompressed);
        headers.Remove(HeaderId.ContentLength);
        if (comma < 0)
        {
            headers.Remove(ContentEncoding);
        }
        else
        {
            headers.Set(ContentEncoding, codings[(comma + 1)..].Trim((byte)' ').ToArray());
        }
        var isRequest = ReferenceEquals(direction, RequestDirection);
        return new CodecTransform(
            Library.Create(), false, scope, direction.UncompressedBytes, direction.CompressedBytes)
        {
            RatioMax = Library.RatioMax,
            DataErrorStat = DataErrorStat,
            Ended = (owner, done) => Tell(isRequest ? owner.RequestTrailers : owner.ResponseTrailers, done),
        };
    }

    /// <summary>Trailers that tell the sizes.</summary>
    private bool Tell(HeaderMap trailers, CodecTransform done)
    {
        trailers.Set(
            HeaderName.Create($"x-envoy-decompressor-{Library.Name}-compressed-bytes"),
            Encoding.ASCII.GetBytes($"{done.BytesIn}"));
        trailers.Set(
            HeaderName.Create($"x-envoy-decompressor-{Library.Name}-uncompressed-bytes"),
            Encoding.ASCII.GetBytes($"{done.BytesOut}"));
        return true;
    }
}
