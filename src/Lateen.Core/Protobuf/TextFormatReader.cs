using System.Collections;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Lateen.Core.Protobuf;

/// <summary>
/// Reads protobuf's text format (<c>.pb_text</c>): <c>name: value</c>, <c>name { … }</c>, lists in brackets, maps as
/// entries with key and value, an <c>Any</c> as <c>[type.googleapis.com/TYPE] { … }</c>.
/// </summary>
/// <param name="findType">Messages by full name, for <c>Any</c>.</param>
/// <param name="ignoreUnknownFields">Whether fields that the type lacks are passed over.</param>
public sealed class TextFormatReader(Func<string, MessageDescriptor?> findType, bool ignoreUnknownFields = false)
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
        ReadFields(message, tokens, '\0', "");
    }

    private void ReadFields(IMessage message, TextFormatTokens tokens, char end, string path)
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
                ReadAny(message, tokens, path);
            }
            else
            {
                ReadField(message, tokens, path);
            }

            _ = tokens.TryTake(',') || tokens.TryTake(';');
        }

        if (end != '\0')
        {
            tokens.Take(end);
        }

        _depth--;
    }

    private void ReadField(IMessage message, TextFormatTokens tokens, string path)
    {
        var name = tokens.TakeWord();
        var at = path.Length == 0 ? name : $"{path}.{name}";
        var field = message.Descriptor.FindFieldByName(name);
        var hasColon = tokens.TryTake(':');
        if (field is null)
        {
            if (!ignoreUnknownFields)
            {
                throw tokens.Fail($"{at}: unknown field \"{name}\" of {message.Descriptor.FullName}");
            }

            SkipValue(tokens);
            return;
        }

        if (!hasColon && field.FieldType != FieldType.Message)
        {
            throw tokens.Fail($"{at}: expected ':'");
        }

        if (field.IsRepeated && tokens.TryTake('['))
        {
            while (!tokens.TryTake(']'))
            {
                ReadValue(message, field, tokens, at);
                _ = tokens.TryTake(',');
            }

            return;
        }

        ReadValue(message, field, tokens, at);
    }

    private void ReadValue(IMessage message, FieldDescriptor field, TextFormatTokens tokens, string path)
    {
        if (field.IsMap)
        {
            ReadEntry(message, field, tokens, path);
        }
        else if (field.IsRepeated)
        {
            ((IList)field.Accessor.GetValue(message)).Add(Single(field, tokens, null, path));
        }
        else
        {
            field.Accessor.SetValue(message, Single(field, tokens, field.Accessor.GetValue(message), path));
        }
    }

    private void ReadEntry(IMessage message, FieldDescriptor field, TextFormatTokens tokens, string path)
    {
        var (keyField, valueField) = (field.MessageType.FindFieldByNumber(1), field.MessageType.FindFieldByNumber(2));
        object? key = null;
        object? value = null;
        var end = TakeOpening(tokens);
        while (!tokens.TryTake(end))
        {
            var name = tokens.TakeWord();
            _ = tokens.TryTake(':');
            switch (name)
            {
                case "key":
                    key = Single(keyField, tokens, null, path);
                    break;
                case "value":
                    value = Single(valueField, tokens, null, path);
                    break;
                default:
                    throw tokens.Fail($"{path}: an entry has a key and a value, not \"{name}\"");
            }

            _ = tokens.TryTake(',') || tokens.TryTake(';');
        }

        if (key is null)
        {
            throw tokens.Fail($"{path}: an entry has no key");
        }

        ((IDictionary)field.Accessor.GetValue(message))[key] =
            value ?? (valueField.FieldType == FieldType.Message ? Empty(valueField.MessageType) : "");
    }

    private object Single(FieldDescriptor field, TextFormatTokens tokens, object? present, string path)
    {
        if (field.FieldType != FieldType.Message)
        {
            return Scalar(field, tokens, path);
        }

        // Wrappers are the values themselves in C#; their message has one field.
        if (field.MessageType.File.Name == "google/protobuf/wrappers.proto")
        {
            return Wrapped(field.MessageType, tokens, path);
        }

        var inner = present as IMessage ?? Empty(field.MessageType);
        ReadFields(inner, tokens, TakeOpening(tokens), path);
        return inner;
    }

    private static object Wrapped(MessageDescriptor type, TextFormatTokens tokens, string path)
    {
        var end = TakeOpening(tokens);
        var field = type.FindFieldByNumber(1);
        object? value = null;
        while (!tokens.TryTake(end))
        {
            if (tokens.TakeWord() != "value")
            {
                throw tokens.Fail($"{path}: a wrapper has a value only");
            }

            tokens.Take(':');
            value = Scalar(field, tokens, path);
        }

        return value ?? field.Accessor.GetValue(Empty(type));
    }

    private void ReadAny(IMessage message, TextFormatTokens tokens, string path)
    {
        var url = tokens.TakeBracketed();
        _ = tokens.TryTake(':');
        if (message is not Google.Protobuf.WellKnownTypes.Any any)
        {
            throw tokens.Fail($"{path}: [{url}] stands outside of an Any");
        }

        if (findType(url[(url.LastIndexOf('/') + 1)..]) is not { } type)
        {
            throw tokens.Fail($"{path}: unknown type {url}");
        }

        var inner = Empty(type);
        ReadFields(inner, tokens, TakeOpening(tokens), path);
        any.TypeUrl = url;
        any.Value = inner.ToByteString();
    }

    private static IMessage Empty(MessageDescriptor type) => type.Parser.ParseFrom(ByteString.Empty);

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

    private static object Scalar(FieldDescriptor field, TextFormatTokens tokens, string path)
    {
        if (field.FieldType is FieldType.String or FieldType.Bytes)
        {
            if (tokens.Peek() is not ('"' or '\''))
            {
                throw tokens.Fail($"{path}: expected a string");
            }

            var bytes = tokens.TakeString();
            return field.FieldType == FieldType.Bytes ? ByteString.CopyFrom(bytes) : Encoding.UTF8.GetString(bytes);
        }

        var word = tokens.TakeWord();
        return Parse(field, word) ?? throw tokens.Fail($"{path}: '{word}' does not fit {field.FieldType}");
    }

    private static object? Parse(FieldDescriptor field, string word)
    {
        switch (field.FieldType)
        {
            case FieldType.Bool:
                return word switch
                {
                    "true" or "True" or "t" or "1" => true,
                    "false" or "False" or "f" or "0" => false,
                    _ => null,
                };
            case FieldType.Enum:
                return field.EnumType.FindValueByName(word)?.Number ?? (object?)Integer<int>(word);
            case FieldType.Double:
                return Floating(word);
            case FieldType.Float:
                return (float?)Floating(word);
            case FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32:
                return Integer<int>(word);
            case FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64:
                return Integer<long>(word);
            case FieldType.UInt32 or FieldType.Fixed32:
                return Integer<uint>(word);
            default:
                return Integer<ulong>(word);
        }
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
