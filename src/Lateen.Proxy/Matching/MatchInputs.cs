using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Matching;

/// <summary>The inputs of matchers that need arguments or several lines.</summary>
internal static class MatchInputs
{
    /// <summary>All values of a header, joined by commas.</summary>
    public static MatchInput RequestHeader(HeaderName name) =>
        (in MatchData data, ByteBuffer value) => Join(data.Request, name, value);

    public static MatchInput ResponseHeader(HeaderName name) =>
        (in MatchData data, ByteBuffer value) => Join(data.Response, name, value);

    /// <summary>The response's code.</summary>
    public static MatchInput StatusCode() => static (in MatchData data, ByteBuffer value) =>
    {
        var status = data.Response is null ? default : data.Response.Get(HeaderId.Status);
        value.Write(status);
        return !status.IsEmpty;
    };

    /// <summary>The class of the response's code, such as <c>5xx</c>.</summary>
    public static MatchInput StatusClass() => static (in MatchData data, ByteBuffer value) =>
    {
        var status = data.Response is null ? default : data.Response.Get(HeaderId.Status);
        if (status.Length != 3 || status[0] is < (byte)'1' or > (byte)'5')
        {
            return false;
        }
        value.Write(status[0]);
        value.Write("xx"u8);
        return true;
    };

    /// <summary>The first value of a parameter in the query.</summary>
    public static MatchInput QueryParameter(byte[] name) => (in MatchData data, ByteBuffer value) =>
    {
        if (data.Request is null || !QueryString.TryGet(data.Request.Get(HeaderId.Path), name, out var found))
        {
            return false;
        }
        value.Write(found);
        return true;
    };

    public static MatchInput Ip(Func<StreamInfo, Address> get) => (in MatchData data, ByteBuffer value) =>
    {
        var ip = get(data.Info).Ip;
        if (ip.IsEmpty)
        {
            return false;
        }
        value.Advance(ip.Format(value.GetSpan(IpAddress.TextBytesMax)));
        return true;
    };

    public static MatchInput Port(Func<StreamInfo, Address> get) => (in MatchData data, ByteBuffer value) =>
    {
        var address = get(data.Info);
        value.Write(address.Port);
        return !address.Ip.IsEmpty;
    };

    /// <summary>Bytes of the connection; none when empty.</summary>
    public static MatchInput Connection(Func<ConnectionInfo, byte[]?> get) => (in MatchData data, ByteBuffer value) =>
    {
        var bytes = get(data.Info.Connection);
        value.Write(bytes);
        return bytes is { Length: > 0 };
    };

    public static MatchInput FilterState(string key) => (in MatchData data, ByteBuffer value) =>
    {
        switch (data.Info.GetFilterState(key))
        {
            case string text:
                value.Write(text);
                return true;
            case byte[] bytes:
                value.Write(bytes);
                return true;
            default:
                return false;
        }
    };

    /// <summary><c>local</c> when both ends are the same address.</summary>
    public static bool SourceType(in MatchData data, ByteBuffer value)
    {
        var connection = data.Info.Connection;
        if (!connection.RemoteAddress.Ip.Equals(connection.LocalAddress.Ip))
        {
            return false;
        }
        value.Write("local"u8);
        return true;
    }

    public static bool TransportProtocol(in MatchData data, ByteBuffer value)
    {
        value.Write(data.Info.Connection.TransportProtocolTls ? "tls"u8 : "raw_buffer"u8);
        return true;
    }

    /// <summary>Names of application protocols as <c>'h2','http/1.1'</c>.</summary>
    public static bool ApplicationProtocol(in MatchData data, ByteBuffer value)
    {
        foreach (var protocol in data.Info.Connection.ApplicationProtocols)
        {
            value.Write(value.Length > 0 ? ",'"u8 : "'"u8);
            value.Write(protocol);
            value.Write((byte)'\'');
        }
        return value.Length > 0;
    }

    private static bool Join(HeaderMap? headers, HeaderName name, ByteBuffer value)
    {
        var found = false;
        for (var i = headers?.IndexOf(name) ?? -1; i >= 0; i = headers!.IndexOf(name, i + 1))
        {
            if (found)
            {
                value.Write((byte)',');
            }
            value.Write(headers!.GetValue(i));
            found = true;
        }
        return found;
    }
}
