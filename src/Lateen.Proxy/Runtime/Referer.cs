using System.Buffers;
using Lateen.Http.Http1;

namespace Lateen.Proxy.Runtime;

/// <summary>The Referer of a request: one that is no proper one goes no further (RFC 9110 §10.1.3), as in
/// Envoy.</summary>
internal static class Referer
{
    private static readonly SearchValues<byte> InReference = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%!$&'()*+,;=:@/?"u8);

    /// <summary>An absolute URL without user information and fragment, or a reference without fragment whose first
    /// segment has no colon.</summary>
    internal static bool IsValid(ReadOnlySpan<byte> value)
    {
        if (UrlParts.TryParse(value, out var url) && !value.ContainsAny((byte)' ', (byte)'\t'))
        {
            return !url.HasUserInfo && !url.Path.Contains((byte)'#');
        }

        var colon = value.IndexOf((byte)':');
        var slash = value.IndexOf((byte)'/');
        return !value.ContainsAnyExcept(InReference) && (colon < 0 || (slash >= 0 && slash < colon));
    }
}
