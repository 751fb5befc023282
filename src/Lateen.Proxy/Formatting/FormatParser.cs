using System.Globalization;

namespace Lateen.Proxy.Formatting;

/// <summary>Parses one operator: <c>%NAME%</c>, <c>%NAME(ARGS)%</c>, <c>%NAME(ARGS):LENGTH%</c>.</summary>
internal static class FormatParser
{
    /// <summary><paramref name="end"/> is the index of the closing percent sign.</summary>
    public static bool TryParseOperator(
        string text, int start, out int end, out FormatOperator? parsed, out string error)
    {
        parsed = null;
        end = start;
        error = $"Incorrect configuration: {text}. Couldn't find valid command at position {start}";
        var at = start + 1;
        while (at < text.Length
            && (char.IsAsciiLetterUpper(text[at]) || char.IsAsciiDigit(text[at]) || text[at] == '_'))
        {
            at++;
        }
        var name = text[(start + 1)..at];
        if (name.Length == 0 || at >= text.Length)
        {
            return false;
        }
        string? arguments = null;
        if (text[at] == '(' && !TryReadArguments(text, ref at, out arguments))
        {
            return false;
        }
        int? length = null;
        if (at < text.Length && text[at] == ':')
        {
            var digits = at + 1;
            while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            {
                digits++;
            }
            if (!int.TryParse(
                text[(at + 1)..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var parsedLength))
            {
                return false;
            }
            length = parsedLength;
            at = digits;
        }
        if (at >= text.Length || text[at] != '%')
        {
            return false;
        }
        end = at;
        return FormatOperators.TryCreate(name, arguments, length, out parsed, out error);
    }

    /// <summary>The shortest text up to a <c>)</c> that <c>%</c> or <c>:LENGTH%</c> follows.</summary>
    private static bool TryReadArguments(string text, ref int at, out string? arguments)
    {
        for (var close = text.IndexOf(')', at); close >= 0; close = text.IndexOf(')', close + 1))
        {
            var after = close + 1;
            if (after < text.Length && text[after] == ':')
            {
                after++;
                while (after < text.Length && char.IsAsciiDigit(text[after]))
                {
                    after++;
                }
            }
            if (after < text.Length && text[after] == '%')
            {
                arguments = text[(at + 1)..close];
                at = close + 1;
                return true;
            }
        }
        arguments = null;
        return false;
    }
}
