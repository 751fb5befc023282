using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>What the connection manager does about the request's host.</summary>
internal static class HostHeader
{
    private static readonly System.Buffers.SearchValues<byte> NotInHost =
        System.Buffers.SearchValues.Create([.. " /?#\\\"<>^`{|}"u8, .. NotAscii()]);

    private static byte[] NotAscii() => [.. Enumerable.Range(0x80, 0x80).Select(static value => (byte)value)];

    /// <summary>False when the request has been answered.</summary>
    internal static bool Check(HttpStream stream)
    {
        if (!stream.Request.TryGet(HeaderId.Authority, out var host))
        {
            return RequestPipeline.Refuse(stream, 400, ResponseDetails.MissingHost);
        }

        // A host is a name, an address or IPv6 in brackets, with a port; user information is let through as Envoy does.
        if (host.IsEmpty || !host.ContainsAny(NotInHost))
        {
            return true;
        }

        if (stream.Codec.Protocol == HttpProtocol.Http2)
        {
            return RequestPipeline.Refuse(stream, 400, ResponseDetails.InvalidAuthority);
        }

        // In Envoy it is the codec that refuses.
        stream.Codec.CloseAfterResponse();
        RequestPipeline.CountProtocolError(stream);
        stream.SendLocalReply(
            400, "Bad Request"u8, ResponseFlags.DownstreamProtocolError, ResponseDetails.InvalidAuthority);
        return false;
    }

    /// <summary>Takes ports and a final dot away, as configured.</summary>
    internal static void Normalize(HttpStream stream)
    {
        var config = stream.Config;
        if (!config.Normalization.StripAnyHostPort && !config.Normalization.StripMatchingHostPort
            && !config.Normalization.StripTrailingHostDot)
        {
            return;
        }

        var whole = stream.Request.Get(HeaderId.Authority);
        // One dot goes: the last character, or else that before the port.
        var endsWithDot = config.Normalization.StripTrailingHostDot && whole.EndsWith("."u8);
        var host = endsWithDot ? whole[..^1] : whole;
        var colon = host.LastIndexOf((byte)':');
        var hasPort = colon > 0 && colon < host.Length - 1 && host[^1] != ']'
            && !host[(colon + 1)..].ContainsAnyExceptInRange((byte)'0', (byte)'9');
        var name = hasPort ? host[..colon] : host;
        var port = hasPort ? host[colon..] : default;
        if (config.Normalization.StripTrailingHostDot && !endsWithDot && name.EndsWith("."u8))
        {
            name = name[..^1];
        }

        if (hasPort && (config.Normalization.StripAnyHostPort
            || (config.Normalization.StripMatchingHostPort && IsPort(port[1..], stream))))
        {
            port = default;
        }

        if (name.Length + port.Length == whole.Length)
        {
            return;
        }

        Span<byte> changed = stackalloc byte[256];
        if (name.Length + port.Length <= changed.Length)
        {
            name.CopyTo(changed);
            port.CopyTo(changed[name.Length..]);
            stream.Request.Set(HeaderId.Authority, changed[..(name.Length + port.Length)]);
        }
    }

    private static bool IsPort(ReadOnlySpan<byte> text, HttpStream stream) =>
        System.Buffers.Text.Utf8Parser.TryParse(text, out int port, out _)
            && port == stream.Info.Connection.LocalAddress.Port;
}
