using System.Text;
using Google.Protobuf;
using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Sessions;

/// <summary>
/// A cookie that holds the host and when the session ends, on the paths of the cookie. Source:
/// <c>stateful_session.cookie.v3</c>. The end is in seconds of the wall clock, so that replicas agree on it.
/// </summary>
internal sealed class CookieSessionState(
    byte[] name, string path, long ttlSeconds, (string Name, string Value)[] attributes) : SessionState
{
    // Ends before this are of a proxy that counts from its machine's start: no clock of ours can judge them.
    private const ulong FirstWallSecond = 1_000_000_000;

    private readonly byte[] _path = Encoding.UTF8.GetBytes(path);

    public override bool AppliesTo(HeaderMap request)
    {
        if (_path.Length == 0 || path == "/")
        {
            return true;
        }
        var asked = request.Get(HeaderId.Path);
        if (!asked.StartsWith(_path))
        {
            return false;
        }
        return _path[^1] == '/' || asked.Length == _path.Length
            || asked[_path.Length] is (byte)'/' or (byte)'?' or (byte)'#';
    }

    public override Address Read(HeaderMap request, long unixSeconds)
    {
        if (!CookieMatcher.TryGet(request, name, out var value))
        {
            return default;
        }
        var decoded = new byte[value.Length];
        if (System.Buffers.Text.Base64.DecodeFromUtf8(value, decoded, out _, out var length)
            != System.Buffers.OperationStatus.Done)
        {
            return default;
        }
        var text = decoded.AsSpan(0, length);
        if (TryReadMessage(decoded, length, out var host, out var expires))
        {
            if (expires >= FirstWallSecond && expires < (ulong)unixSeconds)
            {
                return default;
            }
            text = host;
        }
        return Address.TryParse(text, out var address) ? address : default;
    }

    public override bool? Write(
        HeaderMap response, byte[] host, bool isNew, bool wasAsked, long unixSeconds)
    {
        if (!isNew)
        {
            return false;
        }
        var message = new byte[host.Length + 32];
        var output = new CodedOutputStream(message);
        output.WriteTag(1, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(host));
        if (ttlSeconds > 0)
        {
            output.WriteTag(2, WireFormat.WireType.Varint);
            output.WriteUInt64((ulong)(unixSeconds + ttlSeconds));
        }
        var value = Convert.ToBase64String(message, 0, (int)output.Position);
        output.Flush();
        var cookie = SetCookie.Format(Encoding.UTF8.GetString(name), value, ttlSeconds, path, attributes);
        response.Add(HeaderId.SetCookie, Encoding.UTF8.GetBytes(cookie));
        return true;
    }

    /// <summary>Fields 1 (address) and 2 (end) of a message; false when the bytes are none.</summary>
    private static bool TryReadMessage(byte[] bytes, int length, out Span<byte> host, out ulong expires)
    {
        host = default;
        expires = 0;
        try
        {
            var input = new CodedInputStream(bytes, 0, length);
            uint tag;
            while ((tag = input.ReadTag()) != 0)
            {
                switch (tag)
                {
                    case 10:
                        host = input.ReadBytes().ToByteArray();
                        break;
                    case 16:
                        expires = input.ReadUInt64();
                        break;
                    default:
                        return false;
                }
            }
        }
        catch (InvalidProtocolBufferException)
        {
            // A cookie of another form: plain text.
            return false;
        }
        return !host.IsEmpty;
    }
}
