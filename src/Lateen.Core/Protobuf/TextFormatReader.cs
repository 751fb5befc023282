using System.Globalization;
using Google.Protobuf;

namespace Lateen.Core.Protobuf;

/// <summary>
/// Reads protobuf's text format (<c>.pb_text</c>): <c>name: value</c>, <c>name { … }</c>, lists in brackets, maps as
/// entries with key and value, an <c>Any</c> as <c>[type.googleapis.com/TYPE] { … }</c>.
/// </summary>
/// <param name="findType">Messages by full name, for <c>Any</c>.</param>
/// <param name="ignoreUnknownFields">Whether fields that the type lacks are passed over.</param>
public sealed class TextFormatReader(Func<string, MessageSchema?> findType, bool ignoreUnknownFields = false)
{
    private const int MaxDepth = 100;
    private int _depth;

    /// <summary>Adds what the text says to the message.</summary>
    /// <exception cref="TextFormatException">The text is not in this format or does not fit; tells the
    /// line.</exception>
    public void Merge(IMessage message, string text)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new TextFormatTokens(text);
        var content = new WireWriter();
        ReadFields(ApiSchema.Of(message), content, tokens, '\0', "");
        message.MergeFrom(content.Written.ToArray());
    }

    private void ReadFields(
        MessageSchema schema, WireWriter target, TextFormatTokens tokens, char end, string path)
    {
        if (++_depth > MaxDepth)
        {
            throw tokens.Fail($"more than {MaxDepth} messages inside each other");
        }

        while (tokens.Peek() != end)
        {
            if (tokens.Peek() == '\0')
            {
                throw tokens.Fail($"expected '{end}'");
            }

            if (tokens.Peek() == '[')
            {
                ReadAny(schema, target, tokens, path);
            }
            else
            {
                ReadField(schema, target, tokens, path);
            }

            _ = tokens.TryTake(',') || tokens.TryTake(';');
        }

        if (end != '\0')
        {
            tokens.Take(end);
        }

        _depth--;
    }

    private void ReadField(MessageSchema schema, WireWriter target, TextFormatTokens tokens, string path)
    {
        var name = tokens.TakeWord();
        var at = path.Length == 0 ? name : $"{path}.{name}";
        var field = Array.Find(schema.Fields, f => f.Name == name);
        var hasColon = tokens.TryTake(':');
        if (field is null)
        {
            if (!ignoreUnknownFields)
            {
                throw tokens.Fail($"{at}: unknown field \"{name}\" of {schema.FullName}");
            }

            SkipValue(tokens);
            return;
        }

        if (!hasColon && field.Kind != FieldKind.Message)
        {
            throw tokens.Fail($"{at}: expected ':'");
        }

        if (field.IsRepeated && tokens.TryTake('['))
        {
            while (!tokens.TryTake(']'))
            {
                ReadValue(field, target, tokens, at);
                _ = tokens.TryTake(',');
            }

            return;
        }

        ReadValue(field, target, tokens, at);
    }

    private void ReadValue(FieldSchema field, WireWriter target, TextFormatTokens tokens, string path)
    {
        var content = new WireWriter();
        if (field.Kind != FieldKind.Message)
        {
            WriteScalar(field, content, tokens, path);
            target.WriteField(field, content);
            return;
        }

        var end = TakeOpening(tokens);
        if (field.IsMap)
        {
            ReadEntry(field.Message, content, tokens, end, path);
        }
        else
        {
            ReadFields(field.Message, content, tokens, end, path);
        }

        target.WriteTag(field.Number, WireReader.Delimited);
        target.WriteDelimited(content.Written);
    }

    private void ReadEntry(MessageSchema entry, WireWriter target, TextFormatTokens tokens, char end, string path)
    {
        var hasKey = false;
        while (!tokens.TryTake(end))
        {
            var name = tokens.TakeWord();
            _ = tokens.TryTake(':');
            if (name is not ("key" or "value"))
            {
                throw tokens.Fail($"{path}: an entry has a key and a value, not \"{name}\"");
            }

            hasKey |= name == "key";
            ReadValue(entry.Find(name)!, target, tokens, path);
            _ = tokens.TryTake(',') || tokens.TryTake(';');
        }

        if (!hasKey)
        {
            throw tokens.Fail($"{path}: an entry has no key");
        }
    }

    private void ReadAny(MessageSchema schema, WireWriter target, TextFormatTokens tokens, string path)
    {
        var url = tokens.TakeBracketed();
        _ = tokens.TryTake(':');
        if (schema.FullName != "google.protobuf.Any")
        {
            throw tokens.Fail($"{path}: [{url}] stands outside of an Any");
        }

        if (findType(url[(url.LastIndexOf('/') + 1)..]) is not { } type)
        {
            throw tokens.Fail($"{path}: unknown type {url}");
        }

        var content = new WireWriter();
        ReadFields(type, content, tokens, TakeOpening(tokens), path);
        target.WriteTag(1, WireReader.Delimited);
        target.WriteDelimited(url);
        target.WriteTag(2, WireReader.Delimited);
        target.WriteDelimited(content.Written);
    }

    private static char TakeOpening(TextFormatTokens tokens)
    {
        if (tokens.TryTake('<'))
        {
            return '>';
        }

        tokens.Take('{');
        return '}';
    }

    private static void SkipValue(TextFormatTokens tokens)
    {
        switch (tokens.Peek())
        {
            case '{' or '<':
                var end = TakeOpening(tokens);
                while (!tokens.TryTake(end))
                {
                    _ = tokens.Peek() == '[' ? tokens.TakeBracketed() : tokens.TakeWord();
                    _ = tokens.TryTake(':');
                    SkipValue(tokens);
                    _ = tokens.TryTake(',') || tokens.TryTake(';');
                }

                break;
            case '[':
                tokens.Take('[');
                while (!tokens.TryTake(']'))
                {
                    SkipValue(tokens);
                    _ = tokens.TryTake(',');
                }

                break;
            case '"' or '\'':
                tokens.TakeString();
                break;
            default:
                tokens.TakeWord();
                break;
        }
    }

    private static void WriteScalar(FieldSchema field, WireWriter target, TextFormatTokens tokens, string path)
    {
        if (field.Kind is FieldKind.String or FieldKind.Bytes)
        {
            if (tokens.Peek() is not ('"' or '\''))
            {
                throw tokens.Fail($"{path}: expected a string");
            }

            target.WriteDelimited(tokens.TakeString());
            return;
        }

        var word = tokens.TakeWord();
        if (!TryWrite(field, word, target))
        {
            throw tokens.Fail($"{path}: '{word}' does not fit {field.Kind}");
        }
    }

    private static bool TryWrite(FieldSchema field, string word, WireWriter target)
    {
        if (field.Kind is FieldKind.Double or FieldKind.Float)
        {
            if (Floating(word) is not { } number)
            {
                return false;
            }

            target.WriteFloating(field, number);
            return true;
        }

        var bits = field.Kind switch
        {
            FieldKind.Bool => word switch
            {
                "true" or "True" or "t" or "1" => 1,
                "false" or "False" or "f" or "0" => 0,
                _ => null,
            },
            FieldKind.Enum => field.Enum.Find(word) ?? Integer<int>(word),
            FieldKind.Int32 or FieldKind.SInt32 or FieldKind.SFixed32 => Integer<int>(word),
            FieldKind.Int64 or FieldKind.SInt64 or FieldKind.SFixed64 => Integer<long>(word),
            FieldKind.UInt32 or FieldKind.Fixed32 => Integer<uint>(word),
            _ => (long?)Integer<ulong>(word),
        };
        if (bits is { } value)
        {
            target.WriteNumber(field, value);
        }

        return bits is not null;
    }

    private static double? Floating(string word) => word switch
    {
        "inf" or "infinity" => double.PositiveInfinity,
        "-inf" or "-infinity" => double.NegativeInfinity,
        "nan" => double.NaN,
        _ => double.TryParse(word.TrimEnd('f', 'F'), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number : null,
    };

    private static T? Integer<T>(string word)
        where T : struct, System.Numerics.IBinaryInteger<T>
    {
        var hex = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return hex
            ? T.TryParse(word[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits)
                ? bits : null
            : T.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number : null;
    }
}
