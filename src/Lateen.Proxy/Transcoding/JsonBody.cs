using System.Text;
using Lateen.Core.Yaml;

namespace Lateen.Proxy.Transcoding;

/// <summary>Reads a request's JSON, and names faults as protobuf's own reader of JSON streams does.</summary>
internal sealed class JsonBody(string text)
{
    private const int DepthMax = 100;
    private const int ContextChars = 20;

    private int _at;
    private int _depth;

    /// <summary>What is wrong; null while nothing is.</summary>
    public string? Error { get; private set; }

    /// <summary>The text was good as far as it went.</summary>
    public bool IsTruncated { get; private set; }

    /// <summary>The whole text as one value; null after an error.</summary>
    public YamlNode? Read()
    {
        var node = ReadValue();
        SkipSpace();
        if (node is not null && _at < text.Length)
        {
            return Fail("Parsing terminated before end of input.");
        }
        return Error is null ? node : null;
    }

    private YamlNode? ReadValue()
    {
        SkipSpace();
        if (_at >= text.Length)
        {
            return Fail("Unexpected end of string. Expected a value.");
        }
        if (++_depth > DepthMax)
        {
            return Fail("Message too deep. Max recursion depth reached for key ''");
        }
        YamlNode? node = text[_at] switch
        {
            '{' => ReadObject(),
            '[' => ReadArray(),
            '"' or '\'' => ReadString() is { } value ? new YamlScalar(value) : null,
            '-' or (>= '0' and <= '9') => ReadNumber(),
            _ => ReadWord(),
        };
        _depth--;
        return node;
    }

    private YamlNode? ReadObject()
    {
        _at++;
        var entries = new List<KeyValuePair<YamlScalar, YamlNode>>();
        while (true)
        {
            SkipSpace();
            if (_at >= text.Length)
            {
                return Fail("Unexpected end of string. Expected an object key or }.");
            }
            if (text[_at] == '}')
            {
                _at++;
                return new YamlMapping(entries);
            }
            if (ReadKey() is not { } key)
            {
                return null;
            }
            SkipSpace();
            if (_at >= text.Length || text[_at] != ':')
            {
                return Fail(_at >= text.Length
                    ? "Unexpected end of string. Expected : between key:value pair."
                    : "Expected : between key:value pair.");
            }
            _at++;
            if (ReadValue() is not { } value)
            {
                return null;
            }
            entries.RemoveAll(entry => entry.Key.Value == key);
            entries.Add(KeyValuePair.Create(new YamlScalar(key), value));
            SkipSpace();
            if (_at < text.Length && text[_at] == ',')
            {
                _at++;
            }
            else if (_at >= text.Length || text[_at] != '}')
            {
                return Fail(_at >= text.Length
                    ? "Unexpected end of string. Expected , or } after key:value pair."
                    : "Expected , or } after key:value pair.");
            }
        }
    }

    private string? ReadKey()
    {
        if (text[_at] is '"' or '\'')
        {
            return ReadString();
        }
        var start = _at;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '$'))
        {
            _at++;
        }
        if (_at == start || char.IsAsciiDigit(text[start]))
        {
            _at = start;
            Fail("Expected an object key or }.");
            return null;
        }
        return text[start.._at];
    }

    private YamlSequence? ReadArray()
    {
        _at++;
        var items = new List<YamlNode>();
        while (true)
        {
            SkipSpace();
            if (_at < text.Length && text[_at] == ']')
            {
                _at++;
                return new YamlSequence(items);
            }
            if (ReadValue() is not { } item)
            {
                return null;
            }
            items.Add(item);
            SkipSpace();
            if (_at < text.Length && text[_at] == ',')
            {
                _at++;
            }
            else if (_at >= text.Length || text[_at] != ']')
            {
                Fail(_at >= text.Length
                    ? "Unexpected end of string. Expected , or ] after array value."
                    : "Expected , or ] after array value.");
                return null;
            }
        }
    }

    private string? ReadString()
    {
        var quote = text[_at++];
        var result = new StringBuilder();
        while (_at < text.Length)
        {
            var c = text[_at++];
            if (c == quote)
            {
                return result.ToString();
            }
            if (c != '\\')
            {
                result.Append(c);
                continue;
            }
            if (_at >= text.Length)
            {
                break;
            }
            c = text[_at++];
            if (c != 'u')
            {
                result.Append(c switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', _ => c });
            }
            else if (_at + 4 <= text.Length && ushort.TryParse(
                text.AsSpan(_at, 4), System.Globalization.NumberStyles.AllowHexSpecifier,
                System.Globalization.CultureInfo.InvariantCulture, out var code))
            {
                result.Append((char)code);
                _at += 4;
            }
            else
            {
                Fail("Invalid escape sequence.", _at + 4 > text.Length);
                return null;
            }
        }
        Fail("Closing quote expected in string.");
        return null;
    }

    private YamlScalar? ReadNumber()
    {
        var start = _at;
        while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || text[_at] is '-' or '+' or '.' or 'e' or 'E'))
        {
            _at++;
        }
        var number = text[start.._at];
        if (!double.TryParse(
            number, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out _))
        {
            var isCut = _at == text.Length;
            _at = start;
            Fail("Unable to parse number.", isCut);
            return null;
        }
        var isWhole = !number.AsSpan().ContainsAny(".eE");
        return new YamlScalar(number, isWhole ? YamlScalarKind.WholeNumber : YamlScalarKind.RealNumber);
    }

    private YamlScalar? ReadWord()
    {
        foreach (var (word, node) in new[]
        {
            ("true", YamlScalar.Of(true)), ("false", YamlScalar.Of(false)), ("null", YamlScalar.Null),
        })
        {
            if (string.CompareOrdinal(text, _at, word, 0, word.Length) == 0)
            {
                _at += word.Length;
                return node;
            }
        }
        var rest = text.AsSpan(_at);
        var isCut = "true".AsSpan().StartsWith(rest) || "false".AsSpan().StartsWith(rest)
            || "null".AsSpan().StartsWith(rest);
        Fail(char.IsAsciiLetter(text[_at]) ? "Unexpected token." : "Expected a value.", isCut);
        return null;
    }

    private void SkipSpace()
    {
        while (_at < text.Length && text[_at] is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }
    }

    /// <summary>What is left of the text stands under the message; of a text that ended too soon nothing is.</summary>
    private YamlNode? Fail(string message, bool isCut = false)
    {
        if (Error is null)
        {
            IsTruncated = isCut || _at >= text.Length;
            var (from, to) = _at >= text.Length ? (text.Length, text.Length)
                : (Math.Max(_at - ContextChars, 0), Math.Min(_at + ContextChars, text.Length));
            Error = $"{message}\n{text[from..to]}\n{new string(' ', Math.Min(_at, text.Length) - from)}^";
        }
        return null;
    }
}
