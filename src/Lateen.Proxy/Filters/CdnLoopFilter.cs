using System.Text;
using Lateen.Http;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>cdn_loop</c> (RFC 8586): refuses requests that passed here too often.</summary>
internal sealed class CdnLoopFilter : HttpFilter
{
    private static readonly HeaderName Header = HeaderName.Create("cdn-loop");
    private static readonly byte[] LoopBody = "The server has detected a loop between CDNs."u8.ToArray();
    private static readonly byte[] LoopDetails = "cdn_loop_detected"u8.ToArray();
    private static readonly byte[] InvalidBody = "Invalid CDN-Loop header in request."u8.ToArray();
    private static readonly byte[] InvalidDetails = "invalid_cdn_loop_header"u8.ToArray();

    /// <summary>This network's id.</summary>
    public required byte[] CdnId { get; init; }

    /// <summary>Earlier passages that are still allowed; zero by default.</summary>
    public int OccurrencesMax { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var request = stream.Request;
        if (!request.TryGet(Header, out var value))
        {
            request.Add(Header, CdnId);
            return HttpFilterResult.Continue;
        }
        var count = CountOwn(value);
        for (var i = request.IndexOf(Header, request.IndexOf(Header) + 1); i >= 0 && count >= 0;
            i = request.IndexOf(Header, i + 1))
        {
            var more = CountOwn(request.GetValue(i));
            count = more < 0 ? more : count + more;
        }
        if (count < 0)
        {
            stream.Info.ResponseCodeDetails = InvalidDetails;
            stream.Codec.CloseAfterResponse();
            return new HttpFilterResult(HttpFilterStatus.LocalReply, 400, InvalidBody);
        }
        if (count > OccurrencesMax)
        {
            stream.Info.ResponseCodeDetails = LoopDetails;
            return new HttpFilterResult(HttpFilterStatus.LocalReply, 502, LoopBody);
        }
        request.AppendValue(request.IndexOf(Header), CdnId, ","u8);
        return HttpFilterResult.Continue;
    }

    /// <summary>How often the own id is in the list; -1 when it is not a list of ids.</summary>
    private int CountOwn(ReadOnlySpan<byte> list)
    {
        var count = 0;
        foreach (var part in list.Split((byte)','))
        {
            var entry = list[part].Trim(" \t"u8);
            if (entry.IsEmpty)
            {
                continue;
            }
            var end = entry.IndexOf((byte)';');
            var id = (end < 0 ? entry : entry[..end]).Trim(" \t"u8);
            if (id.IsEmpty || !IsId(id))
            {
                return -1;
            }
            count += id.SequenceEqual(CdnId) ? 1 : 0;
        }
        return count;
    }

    internal static bool IsId(ReadOnlySpan<byte> id)
    {
        if (id[0] == '[')
        {
            return id[^1] == ']' || id.IndexOf("]:"u8) > 0;
        }
        foreach (var b in id)
        {
            if (!Rune.IsLetterOrDigit((Rune)(char)b) && !"!#$%&'*+-.^_`|~:"u8.Contains(b))
            {
                return false;
            }
        }
        return true;
    }
}
