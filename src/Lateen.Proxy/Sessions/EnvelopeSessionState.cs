using System.Text;
using Lateen.Http;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Sessions;

/// <summary>
/// A header of the upstream into which the host is put: <c>base64(host);UV:base64(value)</c>. Source:
/// <c>stateful_session.envelope.v3</c>.
/// </summary>
internal sealed class EnvelopeSessionState(HeaderName name) : SessionState
{
    private static ReadOnlySpan<byte> Separator => ";UV:"u8;

    public override Address Read(HeaderMap request, long unixSeconds)
    {
        if (!request.TryGet(name, out var value) || value.IndexOf(Separator) is var at && at < 0)
        {
            return default;
        }
        var host = Decode(value[..at]);
        var original = value[(at + Separator.Length)..];
        var decoded = new byte[original.Length];
        if (System.Buffers.Text.Base64.DecodeFromUtf8(original, decoded, out _, out var length)
            == System.Buffers.OperationStatus.Done)
        {
            request.Set(name, decoded.AsSpan(0, length));
        }
        return host;
    }

    public override bool? Write(
        HeaderMap response, byte[] host, bool isNew, bool wasAsked, long unixSeconds)
    {
        if (!response.TryGet(name, out var value))
        {
            return null;
        }
        response.Set(name, Encoding.ASCII.GetBytes(
            $"{Convert.ToBase64String(host)};UV:{Convert.ToBase64String(value)}"));
        return isNew && wasAsked;
    }
}
