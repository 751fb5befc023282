using System.Text;
using Lateen.Proxy.Regex;

namespace Lateen.Proxy.Routing;

/// <summary>A rule over text as bytes. Source: <c>type.matcher.v3.StringMatcher</c>.</summary>
internal sealed class StringMatcher
{
    private readonly Kind _kind;
    private readonly byte[] _text;
    private readonly bool _ignoreCase;
    private readonly CompiledRegex? _regex;

    private StringMatcher(Kind kind, byte[] text, bool ignoreCase, CompiledRegex? regex)
    {
        _kind = kind;
        _text = ignoreCase ? Lower(text) : text;
        _ignoreCase = ignoreCase;
        _regex = regex;
    }

    private enum Kind : byte
    {
        Exact,
        Prefix,
        Suffix,
        Contains,
        Regex,
    }

    public static StringMatcher Exact(string text, bool ignoreCase = false) =>
        new(Kind.Exact, Bytes(text), ignoreCase, null);

    public static StringMatcher Prefix(string text, bool ignoreCase = false) =>
        new(Kind.Prefix, Bytes(text), ignoreCase, null);

    public static StringMatcher Suffix(string text, bool ignoreCase = false) =>
        new(Kind.Suffix, Bytes(text), ignoreCase, null);

    public static StringMatcher Contains(string text, bool ignoreCase = false) =>
        new(Kind.Contains, Bytes(text), ignoreCase, null);

    /// <summary>The whole text must match.</summary>
    public static StringMatcher Regex(CompiledRegex regex) => new(Kind.Regex, [], false, regex);

    /// <summary>The text of an exact rule; empty for other kinds.</summary>
    public ReadOnlySpan<byte> ExactText => _kind == Kind.Exact && !_ignoreCase ? _text : default;

    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        if (_kind == Kind.Regex)
        {
            return _regex!.IsFullMatch(text);
        }
        if (text.Length < _text.Length)
        {
            return false;
        }
        return _kind switch
        {
            Kind.Exact => text.Length == _text.Length && AreEqual(text),
            Kind.Prefix => AreEqual(text[.._text.Length]),
            Kind.Suffix => AreEqual(text[^_text.Length..]),
            _ => ContainsText(text),
        };
    }

    /// <summary>The rule in one line; two rules with the same line match alike.</summary>
    public override string ToString() =>
        $"{_kind}{(_ignoreCase ? "/i" : "")} {(_regex is null ? Convert.ToHexString(_text) : _regex.Pattern)}";

    internal static bool EqualsIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower)
    {
        if (text.Length != lower.Length)
        {
            return false;
        }
        for (var i = 0; i < text.Length; i++)
        {
            var b = text[i];
            if ((b is >= (byte)'A' and <= (byte)'Z' ? b | 0x20 : b) != lower[i])
            {
                return false;
            }
        }
        return true;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Lower(byte[] text) =>
        [.. text.Select(b => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b)];

    private bool AreEqual(ReadOnlySpan<byte> text) =>
        _ignoreCase ? EqualsIgnoreCase(text, _text) : text.SequenceEqual(_text);

    private bool ContainsText(ReadOnlySpan<byte> text)
    {
        if (!_ignoreCase)
        {
            return text.IndexOf(_text) >= 0;
        }
        for (var i = 0; i + _text.Length <= text.Length; i++)
        {
            if (EqualsIgnoreCase(text.Slice(i, _text.Length), _text))
            {
                return true;
            }
        }
        return false;
    }
}
