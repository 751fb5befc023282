using System.Buffers;

namespace Lateen.Proxy.Runtime;

/// <summary>What may stand in a header (RFC 9110 §5.1 and §5.5), where it comes from others than a codec.</summary>
internal static class HeaderText
{
    private static readonly SearchValues<char> NameLetters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly SearchValues<byte> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Where(static b => b != '\t').Select(static b => (byte)b), 0x7F]);

    /// <summary>A token, of which a colon may stand before the first letter.</summary>
    public static bool IsName(ReadOnlySpan<char> name)
    {
        var rest = name.StartsWith(':') ? name[1..] : name;
        return rest.Length > 0 && !rest.ContainsAnyExcept(NameLetters);
    }

    /// <summary>No control characters but the tab.</summary>
    public static bool IsValue(ReadOnlySpan<byte> value) => !value.ContainsAny(Controls);
}
