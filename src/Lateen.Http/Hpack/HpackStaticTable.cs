using System.Text;

namespace Lateen.Http.Hpack;

/// <summary>The static table of HPACK (RFC 7541 appendix A); indices run from 1 to 61.</summary>
internal static class HpackStaticTable
{
    internal const int Count = 61;

    private static readonly (byte[] Name, byte[] Value, HeaderId Id)[] Entries = BuildEntries();

    /// <summary>Index of the first entry with an interned name, by id; zero when there is none.</summary>
    private static readonly byte[] ByName = BuildByName();

    internal static ReadOnlySpan<byte> NameAt(int index) => Entries[index].Name;

    internal static ReadOnlySpan<byte> ValueAt(int index) => Entries[index].Value;

    internal static HeaderId IdAt(int index) => Entries[index].Id;

    /// <summary>Index of an entry with this name, or zero.</summary>
    internal static int FindName(HeaderId id, ReadOnlySpan<byte> name)
    {
        if (id != HeaderId.None)
        {
            return ByName[(int)id];
        }

        for (var i = 15; i <= Count; i++)
        {
            if (Entries[i].Id == HeaderId.None && name.SequenceEqual(Entries[i].Name))
            {
                return i;
            }
        }

        return 0;
    }

    /// <summary>Index of the entry with this name and value, or zero.</summary>
    internal static int FindField(HeaderId id, ReadOnlySpan<byte> value)
    {
        var first = ByName[(int)id];
        for (var i = first; i > 0 && i <= Count && Entries[i].Id == id; i++)
        {
            if (value.SequenceEqual(Entries[i].Value))
            {
                return i;
            }
        }

        return 0;
    }

    private static (byte[] Name, byte[] Value, HeaderId Id)[] BuildEntries()
    {
        string[] fields =
        [
            ":authority", ":method GET", ":method POST", ":path /", ":path /index.html", ":scheme http",
            ":scheme https", ":status 200", ":status 204", ":status 206", ":status 304", ":status 400", ":status 404",
            ":status 500", "accept-charset", "accept-encoding gzip, deflate", "accept-language", "accept-ranges",
            "accept", "access-control-allow-origin", "age", "allow", "authorization", "cache-control",
            "content-disposition", "content-encoding", "content-language", "content-length", "content-location",
            "content-range", "content-type", "cookie", "date", "etag", "expect", "expires", "from", "host",
            "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-modified",
            "link", "location", "max-forwards", "proxy-authenticate", "proxy-authorization", "range", "referer",
            "refresh", "retry-after", "server", "set-cookie", "strict-transport-security", "transfer-encoding",
            "user-agent", "vary", "via", "www-authenticate",
        ];
        var entries = new (byte[], byte[], HeaderId)[Count + 1];
        for (var i = 0; i < fields.Length; i++)
        {
            var space = fields[i].IndexOf(' ');
            var name = Encoding.ASCII.GetBytes(space < 0 ? fields[i] : fields[i][..space]);
            entries[i + 1] = (name, Encoding.ASCII.GetBytes(space < 0 ? "" : fields[i][(space + 1)..]),
                HeaderIds.Find(name));
        }

        return entries;
    }

    private static byte[] BuildByName()
    {
        var first = new byte[HeaderIds.Count];
        for (var i = Count; i > 0; i--)
        {
            if (Entries[i].Id != HeaderId.None)
            {
                first[(int)Entries[i].Id] = (byte)i;
            }
        }

        return first;
    }
}
