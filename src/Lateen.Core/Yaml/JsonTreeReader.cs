using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Lateen.Core.Yaml;

/// <summary>
/// Reads a text that is one JSON value. JSON is nearly YAML, but not quite (tabs, escapes), so a text that begins like
/// JSON is tried here first; what is no JSON is left to the YAML reader, which names the fault.
/// </summary>
public ref struct JsonTreeReader
{
    private readonly string? _file;
    private readonly YamlLimits _limits;
    private readonly ReadOnlySpan<byte> _bytes;
    private Utf8JsonReader _reader;
    private int _nodes;
    private int _line;
    private int _lineStart;
    private int _scanned;

    private JsonTreeReader(ReadOnlySpan<byte> bytes, string? file, YamlLimits limits)
    {
        _bytes = bytes;
        _file = file;
        _limits = limits;
        _line = 1;
        _reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = limits.MaxDepth });
    }

    /// <summary>False when the text is no map and no list of JSON.</summary>
    public static bool TryRead(string text, string? file, YamlLimits limits, [NotNullWhen(true)] out YamlNode? root)
    {
        root = null;
        var trimmed = text.AsSpan().TrimStart();
        if (trimmed.IsEmpty || trimmed[0] is not ('{' or '['))
        {
            return false;
        }

        try
        {
            var reader = new JsonTreeReader(Encoding.UTF8.GetBytes(text), file, limits);
            reader._reader.Read();
            root = reader.ReadValue();
            return root is not null && !reader._reader.Read();
        }
        catch (JsonException)
        {
            // The YAML reader reads it anew and says what is wrong and where.
            return false;
        }
    }

    private YamlNode? ReadValue()
    {
        var position = Position();
        if (++_nodes > _limits.MaxNodes)
        {
            return null;
        }

        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(position);
            case JsonTokenType.StartArray:
                var items = new List<YamlNode>();
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
                {
                    if (ReadValue() is not { } item)
                    {
                        return null;
                    }

                    items.Add(item);
                }

                return new YamlSequence(items, position);
            case JsonTokenType.String:
                return new YamlScalar(_reader.GetString()!, YamlScalarKind.Text, position);
            case JsonTokenType.True or JsonTokenType.False:
                return new YamlScalar(Raw(), YamlScalarKind.Boolean, position);
            case JsonTokenType.Null:
                return new YamlScalar("null", YamlScalarKind.Null, position);
            default:
                var number = Raw();
                var isFloat = number.AsSpan().IndexOfAny('.', 'e', 'E') >= 0;
                return new YamlScalar(number, isFloat ? YamlScalarKind.RealNumber : YamlScalarKind.WholeNumber,
                    position);
        }
    }

    // Null for a key that occurs twice: the YAML reader tells of it.
    private YamlMapping? ReadObject(SourcePosition position)
    {
        var entries = new List<KeyValuePair<YamlScalar, YamlNode>>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var key = new YamlScalar(_reader.GetString()!, YamlScalarKind.Text, Position());
            _reader.Read();
            if (!keys.Add(key.Value) || ReadValue() is not { } value)
            {
                return null;
            }

            entries.Add(KeyValuePair.Create(key, value));
        }

        return new YamlMapping(entries, position);
    }

    private readonly string Raw() => Encoding.UTF8.GetString(_reader.ValueSpan);

    private SourcePosition Position()
    {
        var at = (int)_reader.TokenStartIndex;
        for (; _scanned < at; _scanned++)
        {
            if (_bytes[_scanned] == (byte)'\n')
            {
                _line++;
                _lineStart = _scanned + 1;
            }
        }

        return new SourcePosition(_file, _line, at - _lineStart + 1);
    }
}
