using System.Runtime.CompilerServices;
using System.Text;

namespace Lateen.Http;

/// <summary>Texts of the interned header names, and the way from a text to its <see cref="HeaderId"/>.</summary>
public static class HeaderIds
{
    /// <summary>One more than the highest id.</summary>
    public const int Count = (int)HeaderId.XRequestId + 1;

    private const int SlotCount = 512;

    private static readonly byte[][] Names = BuildNames();
    private static readonly byte[] Slots = BuildSlots();

    /// <summary>The lower-case name of an interned id; empty for <see cref="HeaderId.None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> NameOf(HeaderId id) => Names[(int)id];

    /// <summary>Whether the id is <c>:method</c>, <c>:path</c>, <c>:authority</c>, <c>:scheme</c>, <c>:status</c> or
    /// <c>:protocol</c>.</summary>
    public static bool IsPseudo(HeaderId id) => id is >= HeaderId.Method and <= HeaderId.Protocol;

    /// <summary>
    /// Whether Envoy keeps one entry of this name and joins later ones with a comma (a "; " for cookie) as they arrive.
    /// </summary>
    public static bool IsInline(HeaderId id) => id switch
    {
        HeaderId.None or HeaderId.SetCookie or HeaderId.AccessControlAllowOrigin or HeaderId.Via or HeaderId.Vary =>
            false,
        HeaderId.AcceptLanguage or HeaderId.CacheControl or HeaderId.TraceParent or HeaderId.TraceState => false,
        HeaderId.BaggageHeader or HeaderId.Trailer or HeaderId.Host or HeaderId.Authorization or HeaderId.B3 => false,
        HeaderId.Origin or HeaderId.Location or HeaderId.ETag => false,
        _ => true,
    };

    /// <summary>The id of a name that is already lower-case; <see cref="HeaderId.None"/> when it is not
    /// interned.</summary>
    public static HeaderId Find(ReadOnlySpan<byte> lowerName)
    {
        if (lowerName.Length < 2)
        {
            return HeaderId.None;
        }

        var slot = Hash(lowerName);
        while (true)
        {
            var id = Slots[slot];
            if (id == 0)
            {
                return HeaderId.None;
            }

            if (lowerName.SequenceEqual(Names[id]))
            {
                return (HeaderId)id;
            }

            slot = (slot + 1) & (SlotCount - 1);
        }
    }

    private static int Hash(ReadOnlySpan<byte> name)
    {
        var length = name.Length;
        var h = (length * 131) + (name[0] * 7) + (name[length - 1] * 31) + (name[length >> 1] * 61)
            + (name[length - 2] * 17);
        return (h ^ (h >> 9)) & (SlotCount - 1);
    }

    private static byte[][] BuildNames()
    {
        var names = new byte[Count][];
        for (var i = 0; i < Count; i++)
        {
            names[i] = Encoding.ASCII.GetBytes(TextOf((HeaderId)i));
        }

        return names;
    }

    private static byte[] BuildSlots()
    {
        var slots = new byte[SlotCount];
        for (var i = 1; i < Count; i++)
        {
            var slot = Hash(Names[i]);
            while (slots[slot] != 0)
            {
                slot = (slot + 1) & (SlotCount - 1);
            }

            slots[slot] = (byte)i;
        }

        return slots;
    }

    private static string TextOf(HeaderId id) => id switch
    {
        HeaderId.None => "",
        HeaderId.Method or HeaderId.Path or HeaderId.Authority or HeaderId.Scheme or HeaderId.Status
            or HeaderId.Protocol =>
            ":" + Words(id),
        HeaderId.BaggageHeader => "baggage",
        HeaderId.ETag => "etag",
        HeaderId.TE => "te",
        HeaderId.B3 => "b3",
        HeaderId.TraceParent => "traceparent",
        HeaderId.TraceState => "tracestate",
        HeaderId.Http2Settings => "http2-settings",
        HeaderId.XB3Flags => "x-b3-flags",
        HeaderId.XB3ParentSpanId => "x-b3-parentspanid",
        HeaderId.XB3Sampled => "x-b3-sampled",
        HeaderId.XB3SpanId => "x-b3-spanid",
        HeaderId.XB3TraceId => "x-b3-traceid",
        HeaderId.XEnvoyRateLimited => "x-envoy-ratelimited",
        _ => Words(id),
    };

    /// <summary>The enum member's words in lower case, joined by hyphens.</summary>
    private static string Words(HeaderId id)
    {
        var text = new StringBuilder();
        foreach (var c in id.ToString())
        {
            if (char.IsUpper(c) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
