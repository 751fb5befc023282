using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Lateen.Http;

/// <summary>Texts of the interned header names, and the way from a text to its <see cref="HeaderId"/>.</summary>
public static class HeaderIds
{
    /// <summary>One more than the highest id.</summary>
    public const int Count = (int)HeaderId.XRequestId + 1;

    /// <summary>No interned name is longer.</summary>
    internal const int NameBytesMax = 48;

    /// <summary>Bytes from one name to the next in <see cref="LineNames"/>: a multiple of what is copied at
    /// once.</summary>
    internal const int LineNameStride = 64;

    private const int SlotCount = 512;

    private static readonly byte[][] Names = BuildNames();
    private static readonly byte[] LineNameTable = BuildLineNames();
    private static readonly byte[] LineNameLengthTable = [.. Names.Select(name => (byte)(name.Length + 2))];
    private static readonly Slot[] Slots = BuildSlots();
    private static readonly bool[] RequestInline =
        [.. Enumerable.Range(0, Count).Select(id => IsJoinedInRequests((HeaderId)id))];

    private static readonly bool[] ResponseInline =
        [.. Enumerable.Range(0, Count).Select(id => IsJoinedInResponses((HeaderId)id))];

    /// <summary>The lower-case name of an interned id; empty for <see cref="HeaderId.None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> NameOf(HeaderId id) => Names[(int)id];

    /// <summary>Whether the id is <c>:method</c>, <c>:path</c>, <c>:authority</c>, <c>:scheme</c>, <c>:status</c> or
    /// <c>:protocol</c>.</summary>
    public static bool IsPseudo(HeaderId id) => id is >= HeaderId.Method and <= HeaderId.Protocol;

    /// <summary>
    /// Whether Envoy keeps one entry of this name and joins later ones with a comma (a "; " for cookie) as they arrive.
    /// Requests, which are known by their method, and responses differ in the names.
    /// </summary>
    public static bool IsInline(HeaderId id, HeaderMap map) =>
        map.Contains(HeaderId.Method) ? RequestInline[(int)id] : ResponseInline[(int)id];

    /// <summary>All names as HTTP/1 header lines begin, with colon and space, one each <see cref="LineNameStride"/>
    /// bytes.</summary>
    internal static ReadOnlySpan<byte> LineNames => LineNameTable;

    /// <summary>Lengths of <see cref="LineNames"/> by id.</summary>
    internal static ReadOnlySpan<byte> LineNameLengths => LineNameLengthTable;

    private static bool IsJoinedInRequests(HeaderId id) => id switch
    {
        HeaderId.None or HeaderId.SetCookie or HeaderId.AccessControlAllowOrigin or HeaderId.Vary =>
            false,
        HeaderId.AcceptLanguage or HeaderId.TraceParent or HeaderId.TraceState => false,
        HeaderId.BaggageHeader or HeaderId.Trailer or HeaderId.Host or HeaderId.B3 => false,
        HeaderId.Location or HeaderId.ETag or HeaderId.Server => false,
        _ => true,
    };

    private static bool IsJoinedInResponses(HeaderId id) => id switch
    {
        HeaderId.None or HeaderId.SetCookie or HeaderId.Accept or HeaderId.AcceptEncoding => false,
        HeaderId.AcceptLanguage or HeaderId.TraceParent or HeaderId.TraceState or HeaderId.BaggageHeader => false,
        HeaderId.Trailer or HeaderId.Host or HeaderId.Authorization or HeaderId.B3 or HeaderId.Origin => false,
        HeaderId.Cookie or HeaderId.Referer or HeaderId.TE or HeaderId.UserAgent or HeaderId.XForwardedFor => false,
        HeaderId.XEnvoyOverloaded => false,
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

        var (first, last) = Ends(lowerName);
        var slot = Hash(first, last, lowerName.Length);
        ref readonly var candidate = ref Slots[slot];

        // The two ends are all of a name up to 16 bytes.
        return candidate.First == first && candidate.Last == last && candidate.Length == lowerName.Length
            && lowerName.Length <= 16
            ? candidate.Id : candidate.Id == HeaderId.None
            ? HeaderId.None : FindFrom(slot, lowerName);
    }

    private static HeaderId FindFrom(int slot, ReadOnlySpan<byte> lowerName)
    {
        for (var id = Slots[slot].Id; id != HeaderId.None; id = Slots[slot].Id)
        {
            if (lowerName.SequenceEqual(Names[(int)id]))
            {
                return id;
            }

            slot = (slot + 1) & (SlotCount - 1);
        }

        return HeaderId.None;
    }

    /// <summary>The first and the last eight bytes, which overlap in shorter names. Two bytes at least.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong First, ulong Last) Ends(ReadOnlySpan<byte> name)
    {
        var length = name.Length;
        ref var start = ref MemoryMarshal.GetReference(name);
        if (length >= sizeof(ulong))
        {
            return (Read<ulong>(ref start, 0), Read<ulong>(ref start, length - sizeof(ulong)));
        }

        return length >= sizeof(uint)
            ? (Read<uint>(ref start, 0), Read<uint>(ref start, length - sizeof(uint)))
            : (Read<ushort>(ref start, 0), Read<ushort>(ref start, length - sizeof(ushort)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Read<T>(ref byte start, int at)
        where T : unmanaged => Unsafe.ReadUnaligned<T>(ref Unsafe.Add(ref start, at));

    private static int Hash(ulong first, ulong last, int length)
    {
        var h = ((first * 0x9E3779B97F4A7C15) ^ (last * 0xC2B2AE3D27D4EB4F)) + ((ulong)length * 0x165667B19E3779F9);
        return (int)(h >> 55);
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

    private static byte[] BuildLineNames()
    {
        var table = new byte[Count * LineNameStride];
        for (var i = 0; i < Count; i++)
        {
            Names[i].CopyTo(table, i * LineNameStride);
            ": "u8.CopyTo(table.AsSpan((i * LineNameStride) + Names[i].Length));
        }

        return table;
    }

    private static Slot[] BuildSlots()
    {
        var slots = new Slot[SlotCount];
        for (var i = 1; i < Count; i++)
        {
            var (first, last) = Ends(Names[i]);
            var slot = Hash(first, last, Names[i].Length);
            while (slots[slot].Id != HeaderId.None)
            {
                slot = (slot + 1) & (SlotCount - 1);
            }

            slots[slot] = new Slot(first, last, Names[i].Length, (HeaderId)i);
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

    private readonly record struct Slot(ulong First, ulong Last, int Length, HeaderId Id);
}
