using System.Globalization;
using System.Text;

namespace Lateen.Core.Logging;

/// <summary>
/// A line format in spdlog's syntax, with Envoy's additions <c>%_</c> (message with control characters escaped) and
/// <c>%j</c> (message escaped for JSON). Dates are in UTC; <c>%g</c>, <c>%s</c> and <c>%#</c> tell the logger and 0,
/// since no source positions are kept. A flag may be padded: <c>%8l</c>, <c>%-8l</c>, <c>%=8l</c>.
/// </summary>
public sealed class LogPattern
{
    /// <summary>Envoy's own format.</summary>
    public const string Default = "[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v";

    private const int MaxPadding = 64;

    private readonly List<(string Literal, char Flag, int Padding, char Align)> _parts = [];
    private readonly bool _escapes;

    /// <summary>Reads a pattern; an unknown flag stays as it is written, as in spdlog.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="escapes">Whether <c>%v</c> is written with control characters escaped.</param>
    public LogPattern(string pattern, bool escapes = false)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        _escapes = escapes;
        var literal = new StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '%' || i + 1 == pattern.Length)
            {
                literal.Append(pattern[i]);
                continue;
            }

            var align = ' ';
            if (pattern[i + 1] is '-' or '=')
            {
                align = pattern[++i];
            }

            var padding = 0;
            while (i + 1 < pattern.Length && char.IsAsciiDigit(pattern[i + 1]))
            {
                padding = Math.Min(MaxPadding, (padding * 10) + (pattern[++i] - '0'));
            }

            if (i + 1 < pattern.Length)
            {
                _parts.Add((literal.ToString(), pattern[++i], padding, align));
                literal.Clear();
            }
        }

        _parts.Add((literal.ToString(), '\0', 0, ' '));
    }

    /// <summary>A line without its end.</summary>
    public string Format(DateTime utc, LogLevel level, string scope, string message)
    {
        var line = new StringBuilder();
        foreach (var (literal, flag, padding, align) in _parts)
        {
            line.Append(literal);
            if (flag == '\0')
            {
                break;
            }

            var text = Value(flag, utc, level, scope, message);
            var missing = Math.Max(0, padding - text.Length);
            var before = align switch { '-' => 0, '=' => missing / 2, _ => missing };
            line.Append(' ', before).Append(text).Append(' ', missing - before);
        }

        return line.ToString();
    }

    /// <summary>Escapes control characters, quotes and backslashes as C does.</summary>
    internal static string Escape(string text, bool forJson)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            var escape = c switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '"' when forJson => "\\\"",
                '\\' when forJson => "\\\\",
                < ' ' or '\u007f' => forJson
                    ? "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture)
                    : "\\" + Convert.ToString(c, 8).PadLeft(3, '0'),
                _ => null,
            };
            _ = escape is null ? result.Append(c) : result.Append(escape);
        }

        return result.ToString();
    }

    private string Value(char flag, DateTime utc, LogLevel level, string scope, string message) => flag switch
    {
        'v' => _escapes ? Escape(message, false) : message,
        '_' => Escape(message, false),
        'j' => Escape(message, true),
        'n' or 'g' or 's' => scope,
        '#' => "0",
        '!' or '&' or '*' or '^' or '$' => "",
        '@' => $"{scope}:0",
        'l' => LogLevels.NameOf(level),
        'L' => LogLevels.NameOf(level)[..1].ToUpperInvariant(),
        't' => Environment.CurrentManagedThreadId.ToString(CultureInfo.InvariantCulture),
        'P' => Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        '%' => "%",
        _ => Time(flag) is { } form ? utc.ToString(form, CultureInfo.InvariantCulture) : Other(flag, utc),
    };

    /// <summary>Flags that are a part of the time, as the platform writes it.</summary>
    private static string? Time(char flag) => flag switch
    {
        'Y' => "yyyy",
        'm' => "MM",
        'd' => "dd",
        'H' => "HH",
        'I' => "hh",
        'M' => "mm",
        'S' => "ss",
        'e' => "fff",
        'f' => "ffffff",
        'F' => "fffffff00",
        'p' => "tt",
        'T' or 'X' => "HH:mm:ss",
        'R' => "HH:mm",
        'r' => "hh:mm:ss tt",
        'D' or 'x' => "MM/dd/yy",
        'a' => "ddd",
        'A' => "dddd",
        'b' or 'h' => "MMM",
        'B' => "MMMM",
        'C' => "yy",
        'c' => "ddd MMM d HH:mm:ss yyyy",
        _ => null,
    };

    private static string Other(char flag, DateTime utc) => flag switch
    {
        'z' => "+00:00",
        'E' => ((DateTimeOffset)DateTime.SpecifyKind(utc, DateTimeKind.Utc)).ToUnixTimeSeconds()
            .ToString(CultureInfo.InvariantCulture),
        _ => "%" + flag,
    };
}
