using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Sessions;

/// <summary>How a session remembers its host. Source: extensions <c>envoy.http.stateful_session</c>.</summary>
internal abstract class SessionState
{
    /// <summary>Whether requests like this one have sessions at all.</summary>
    public virtual bool AppliesTo(Lateen.Http.HeaderMap request) => true;

    /// <summary>The host that the request names; empty when it names none. May change the request.</summary>
    public abstract Address Read(Lateen.Http.HeaderMap request, long unixSeconds);

    /// <summary>Tells the client the host of its session.</summary>
    /// <param name="response">Headers to change.</param>
    /// <param name="host">The host's <c>ip:port</c>.</param>
    /// <param name="isNew">Another host than the request named.</param>
    /// <param name="wasAsked">The request named a host.</param>
    /// <param name="unixSeconds">Seconds since the epoch.</param>
    /// <returns>Whether the session has another host now; null: there is no session.</returns>
    public abstract bool? Write(
        Lateen.Http.HeaderMap response, byte[] host, bool isNew, bool wasAsked, long unixSeconds);

    /// <summary>An address from base64; empty when it is none.</summary>
    protected static Address Decode(ReadOnlySpan<byte> text)
    {
        Span<byte> decoded = stackalloc byte[256];
        return text.Length <= 256
            && System.Buffers.Text.Base64.DecodeFromUtf8(text, decoded, out _, out var length)
                == System.Buffers.OperationStatus.Done
            && Address.TryParse(decoded[..length], out var address)
            ? address : default;
    }
}
