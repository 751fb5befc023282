using System.Buffers;
using Lateen.Http.Http1;

namespace Lateen.Http.Http2;

/// <summary>Classes of bytes in HTTP/2 fields.</summary>
internal static class Http2Fields
{
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> AuthorityBytes = SearchValues.Create(
        "-._~%!$&'()*+,;=:[]0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    private static readonly SearchValues<byte> SchemeBytes = SearchValues.Create(
        "+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    /// <summary>A token without upper case (RFC 9113 §8.2.1).</summary>
    internal static bool IsName(ReadOnlySpan<byte> name) => name.Length > 0 && !name.ContainsAnyExcept(NameBytes);

    /// <summary>No control characters but the tab.</summary>
    internal static bool IsValue(ReadOnlySpan<byte> value) => !value.ContainsAny(Http1Bytes.ValueInvalid);

    internal static bool IsAuthority(ReadOnlySpan<byte> value) => !value.ContainsAnyExcept(AuthorityBytes);

    internal static bool IsScheme(ReadOnlySpan<byte> value) =>
        value.Length > 0 && !value.ContainsAnyExcept(SchemeBytes);

    internal static bool IsMethod(ReadOnlySpan<byte> value) => Http1Bytes.IsToken(value);

    /// <summary>Neither control characters nor blanks; other bytes than ASCII may stand in it.</summary>
    internal static bool IsPath(ReadOnlySpan<byte> value) => value.Length > 0 && !value.ContainsAny(PathInvalid);

    private static readonly SearchValues<byte> PathInvalid = SearchValues.Create(
        [.. Enumerable.Range(0, 0x21).Select(static value => (byte)value), 0x7F]);

    /// <summary>Three digits, from 100 on.</summary>
    internal static bool TryReadStatus(ReadOnlySpan<byte> value, out int status)
    {
        status = 0;
        if (value.Length != 3 || value[0] is < (byte)'1' or > (byte)'9' || !IsDigit(value[1]) || !IsDigit(value[2]))
        {
            return false;
        }

        status = ((value[0] - '0') * 100) + ((value[1] - '0') * 10) + (value[2] - '0');
        return true;
    }

    /// <summary>Digits only, up to 18 of them.</summary>
    internal static bool TryReadLength(ReadOnlySpan<byte> value, out long length)
    {
        length = 0;
        if (value.Length is 0 or > 18)
        {
            return false;
        }

        foreach (var b in value)
        {
            if (!IsDigit(b))
            {
                return false;
            }

            length = (length * 10) + (b - '0');
        }

        return true;
    }

    private static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';
}
