using System.Buffers.Text;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>
/// A Connect request whose message is in the query (Connect protocol, "Unary-Get-Request"). Of parameters that come
/// twice the first counts.
/// </summary>
internal sealed class ConnectQuery
{
    private byte[]? _version;
    private byte[]? _message;
    private byte[]? _isBase64;
    private byte[]? _encoding;
    private byte[]? _compression;

    private ConnectQuery()
    {
    }

    /// <summary>Kind of message: what comes after <c>application/grpc+</c>.</summary>
    public byte[] Encoding => _encoding ?? [];

    /// <summary>The message's coding.</summary>
    public byte[] Compression => _compression is { Length: > 0 } compression ? compression : [.. "identity"u8];

    /// <summary>The message; what is no base64 where it should be, is empty, as in Envoy.</summary>
    public byte[] Message
    {
        get
        {
            var message = _message ?? [];
            return _isBase64.AsSpan().SequenceEqual("1"u8) ? FromBase64(message) : message;
        }
    }

    /// <summary>Null when the path's query does not say that this is a request of the protocol.</summary>
    public static ConnectQuery? Parse(ReadOnlySpan<byte> path)
    {
        var question = path.IndexOf((byte)'?');
        var rest = question < 0 ? default : path[(question + 1)..];
        if (rest.IndexOf("v1"u8) < 0 && rest.IndexOf((byte)'%') < 0)
        {
            return null;
        }
        var result = new ConnectQuery();
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'&');
            var pair = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            var equals = pair.IndexOf((byte)'=');
            var name = PercentText.Decode(equals < 0 ? pair : pair[..equals]);
            result.Take(name, equals < 0 ? default : pair[(equals + 1)..]);
        }
        return result._version.AsSpan().SequenceEqual("v1"u8) ? result : null;
    }

    /// <summary>Base64 of the alphabet for URLs, without padding and in the one way that it is written.</summary>
    private static byte[] FromBase64(byte[] text)
    {
        var decoded = new byte[text.Length];
        var status = Base64Url.DecodeFromUtf8(text, decoded, out var read, out var length);
        if (status != System.Buffers.OperationStatus.Done || read != text.Length)
        {
            return [];
        }
        var isOnlyWay = Base64Url.EncodeToUtf8(decoded.AsSpan(0, length)).AsSpan().SequenceEqual(text);
        return isOnlyWay ? decoded[..length] : [];
    }

    private void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("connect"u8))
        {
            _version ??= PercentText.Decode(value);
        }
        else if (name.SequenceEqual("message"u8))
        {
            _message ??= PercentText.Decode(value);
        }
        else if (name.SequenceEqual("base64"u8))
        {
            _isBase64 ??= PercentText.Decode(value);
        }
        else if (name.SequenceEqual("encoding"u8))
        {
            _encoding ??= PercentText.Decode(value);
        }
        else if (name.SequenceEqual("compression"u8))
        {
            _compression ??= PercentText.Decode(value);
        }
    }
}
