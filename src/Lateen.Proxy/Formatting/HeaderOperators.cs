using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>REQ, RESP, TRAILER and what else reads headers.</summary>
internal static class HeaderOperators
{
    public static void AddTo(Action<string, OperatorBuilder> add)
    {
        add("REQ", (string? a, out string e) => Header(a, Source.Request, false, out e));
        add("STREAM_INFO_REQ", (string? a, out string e) => Header(a, Source.Request, false, out e));
        add("REQ_WITHOUT_QUERY", (string? a, out string e) => Header(a, Source.Request, true, out e));
        add("REQUEST_HEADER", (string? a, out string e) => Header(a, Source.Request, false, out e));
        add("RESP", (string? a, out string e) => Header(a, Source.Response, false, out e));
        add("RESPONSE_HEADER", (string? a, out string e) => Header(a, Source.Response, false, out e));
        add("TRAILER", (string? a, out string e) => Header(a, Source.Trailer, false, out e));
        add("RESPONSE_TRAILER", (string? a, out string e) => Header(a, Source.Trailer, false, out e));
        add("QUERY_PARAMS", AllParameters);
        add("XFCC_VALUE", XfccField.Create);
        add("QUERY_PARAM", QueryParameter);
        add("PATH", PathOf);
    }

    /// <summary>What header names are made of (RFC 9110 §5.6.2).</summary>
    private static readonly System.Buffers.SearchValues<char> NameBytes = System.Buffers.SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private enum Source : byte
    {
        Request,
        Response,
        Trailer,
    }

    private static HeaderMap? Map(StreamInfo info, Source source) => source switch
    {
        Source.Request => info.RequestHeaders,
        Source.Response => info.ResponseHeaders,
        _ => info.ResponseTrailers,
    };

    private static FormatOperator? Header(string? arguments, Source source, bool cutQuery, out string error)
    {
        error = "";
        if (string.IsNullOrEmpty(arguments))
        {
            return null;
        }
        var names = arguments.Split('?');
        if (names.Length > 2)
        {
            error = $"More than 1 alternative header specified in token: {arguments}";
            return null;
        }
        if (names.Any(static name => name.AsSpan(name.StartsWith(':') ? 1 : 0).ContainsAnyExcept(NameBytes)))
        {
            error = "Invalid header configuration. Format string contains invalid characters.";
            return null;
        }
        var main = HeaderName.Create(names[0]);
        var alternative = names.Length == 2 && names[1].Length > 0 ? HeaderName.Create(names[1]) : (HeaderName?)null;
        return alternative is null && main.Id != HeaderId.None && !cutQuery ? Known(main.Id, source)
            : new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var map = Map(info, source);
            if (map is null || !(map.TryGet(main, out var value)
                || (alternative is { } second && map.TryGet(second, out value))))
            {
                return false;
            }
            output.Write(cutQuery ? QueryString.PathOnly(value) : value);
            return true;
        });
    }

    /// <summary>A header with an interned name, which is what logs mostly ask for.</summary>
    private static FormatOperator Known(HeaderId id, Source source) =>
        new((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var map = Map(info, source);
            var index = map?.IndexOf(id) ?? -1;
            if (index < 0)
            {
                return false;
            }
            output.Write(map!.GetValue(index));
            return true;
        });

    private static FormatOperator? QueryParameter(string? arguments, out string error)
    {
        error = "";
        if (string.IsNullOrEmpty(arguments))
        {
            return null;
        }
        var name = Encoding.UTF8.GetBytes(arguments);
        return new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            if (info.RequestHeaders is null
                || !QueryString.TryGet(info.RequestHeaders.Get(HeaderId.Path), name, out var value))
            {
                return false;
            }
            WriteDecoded(output, value);
            return true;
        });
    }

    /// <summary>The whole query as it came.</summary>
    private static FormatOperator? AllParameters(string? arguments, out string error)
    {
        error = "";
        if (arguments is not (null or "ORIG" or "DECODED"))
        {
            error = $"Invalid QUERY_PARAMS option: '{arguments}', only 'ORIG'/'DECODED' are allowed";
            return null;
        }
        return new FormatOperator(static (ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            ReadOnlySpan<byte> path = default;
            if (info.RequestHeaders is not { } headers
                || !(headers.TryGet(HeaderId.XEnvoyOriginalPath, out path) || headers.TryGet(HeaderId.Path, out path)))
            {
                return false;
            }
            var mark = path.IndexOf((byte)'?');
            output.Write(mark < 0 ? default : path[(mark + 1)..]);
            return mark >= 0;
        });
    }

    private static void WriteDecoded(ByteBuffer output, ReadOnlySpan<byte> value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '%' && i + 2 < value.Length && char.IsAsciiHexDigit((char)value[i + 1])
                && char.IsAsciiHexDigit((char)value[i + 2]))
            {
                output.Write((byte)((HexValue(value[i + 1]) << 4) | HexValue(value[i + 2])));
                i += 2;
            }
            else
            {
                output.Write(value[i]);
            }
        }
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static FormatOperator? PathOf(string? arguments, out string error)
    {
        error = "";
        var parts = (arguments ?? "").Split(':');
        var withQuery = parts[0] is "" or "WQ";
        var which = parts.Length > 1 ? parts[1] : "ORIG_OR_PATH";
        if (parts[0] is not ("" or "WQ" or "NQ")
            || which is not ("ORIG" or "PATH" or "ORIG_OR_PATH"))
        {
            error = $"Invalid PATH option: {arguments}";
            return null;
        }
        return new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var map = info.RequestHeaders;
            ReadOnlySpan<byte> value = default;
            var found = map is not null && which != "PATH" && map.TryGet(HeaderId.XEnvoyOriginalPath, out value);
            found = found || (map is not null && which != "ORIG" && map.TryGet(HeaderId.Path, out value));
            output.Write(withQuery ? value : QueryString.PathOnly(value));
            return found;
        });
    }
}
