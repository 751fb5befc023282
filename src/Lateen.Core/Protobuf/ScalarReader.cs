using System.Globalization;
using System.Numerics;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Lateen.Core.Yaml;

namespace Lateen.Core.Protobuf;

/// <summary>Reads scalar values; null after an error has been reported.</summary>
internal static class ScalarReader
{
    public static object? Read(MessageReader reader, FieldDescriptor field, YamlNode node, string path)
    {
        if (node is not YamlScalar scalar)
        {
            reader.Report(node, path, $"expected {Name(field)} here, found {node.Describe()}");
            return null;
        }

        switch (field.FieldType)
        {
            case FieldType.String:
                return ReadString(reader, scalar, path);
            case FieldType.Bool:
                return ReadBoolean(reader, scalar, path);
            case FieldType.Enum:
                return ReadEnum(reader, field.EnumType, scalar, path);
            case FieldType.Bytes:
                return ReadBytes(reader, scalar, path);
            case FieldType.Double:
                return ReadDouble(reader, scalar, path);
            case FieldType.Float:
                return ReadDouble(reader, scalar, path) is { } number ? (float)number : null;
            case FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32:
                return ReadInteger(reader, scalar, path, int.MinValue, int.MaxValue) is { } i32 ? (int)i32 : null;
            case FieldType.UInt32 or FieldType.Fixed32:
                return ReadInteger(reader, scalar, path, 0, uint.MaxValue) is { } u32 ? (uint)u32 : null;
            case FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64:
                return ReadInteger(reader, scalar, path, long.MinValue, long.MaxValue) is { } i64 ? (long)i64 : null;
            case FieldType.UInt64 or FieldType.Fixed64:
                return ReadInteger(reader, scalar, path, 0, ulong.MaxValue) is { } u64 ? (ulong)u64 : null;
            default:
                reader.Report(scalar, path, $"fields of type {field.FieldType} cannot be read from YAML");
                return null;
        }
    }

    private static string Name(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => "a string",
        FieldType.Bool => "true or false",
        FieldType.Enum => $"one of {Values(field.EnumType)}",
        FieldType.Bytes => "base64 text",
        _ => "a number",
    };

    private static string? ReadString(MessageReader reader, YamlScalar scalar, string path)
    {
        if (scalar.Kind == YamlScalarKind.Text)
        {
            return scalar.Value;
        }

        reader.Report(scalar, path, $"expected a string here, found {scalar.Describe()}",
            scalar.Kind == YamlScalarKind.Null ? null : $"Put it in quotes: \"{scalar.Value}\".");
        return null;
    }

    private static bool? ReadBoolean(MessageReader reader, YamlScalar scalar, string path)
    {
        if (scalar.TryGetBoolean(out var value))
        {
            return value;
        }

        if (reader.IsLenient && scalar.Kind == YamlScalarKind.Text)
        {
            switch (scalar.Value.ToUpperInvariant())
            {
                case "TRUE" or "T" or "YES" or "Y" or "1":
                    return true;
                case "FALSE" or "F" or "NO" or "N" or "0":
                    return false;
            }
        }

        var hint = scalar.Value is "true" or "false" ? "Remove the quotes." : null;
        reader.Report(scalar, path, $"expected true or false here, found {scalar.Describe()}", hint);
        return null;
    }

    private static int? ReadEnum(MessageReader reader, EnumDescriptor type, YamlScalar scalar, string path)
    {
        if (scalar.Kind == YamlScalarKind.Text && type.FindValueByName(scalar.Value) is { } byName)
        {
            return byName.Number;
        }

        // Unknown numbers are kept, as on the wire.
        if (scalar.TryGetInteger(out var number) && number >= int.MinValue && number <= int.MaxValue)
        {
            return (int)number;
        }

        if (reader.IsLenient && type.Values.FirstOrDefault(
            value => value.Name.Equals(scalar.Value, StringComparison.OrdinalIgnoreCase)) is { } byCase)
        {
            return byCase.Number;
        }

        var near = Spelling.Nearest(scalar.Value, type.Values.Select(v => v.Name));
        // OFF, NO and the like are booleans in YAML, but may name a value.
        if (scalar.Kind == YamlScalarKind.Boolean && near == scalar.Value)
        {
            return type.FindValueByName(near).Number;
        }

        reader.Report(scalar, path, $"expected one of {Values(type)} here, found {scalar.Describe()}",
            near is null ? null : $"Did you mean {near}?");
        return null;
    }

    private static string Values(EnumDescriptor type) =>
        string.Join(", ", type.Values.Take(20).Select(v => v.Name)) + (type.Values.Count > 20 ? ", …" : "");

    private static ByteString? ReadBytes(MessageReader reader, YamlScalar scalar, string path)
    {
        var text = scalar.Value.ReplaceLineEndings("").Replace('-', '+').Replace('_', '/').TrimEnd('=');
        var buffer = new byte[text.Length];
        var padded = text + new string('=', (4 - (text.Length % 4)) % 4);
        if (Convert.TryFromBase64String(padded, buffer, out var length))
        {
            return ByteString.CopyFrom(buffer, 0, length);
        }

        reader.Report(scalar, path, "this is not base64");
        return null;
    }

    private static double? ReadDouble(MessageReader reader, YamlScalar scalar, string path)
    {
        if (scalar.TryGetDouble(out var number))
        {
            return number;
        }

        switch (scalar.Value)
        {
            case "NaN":
                return double.NaN;
            case "Infinity":
                return double.PositiveInfinity;
            case "-Infinity":
                return double.NegativeInfinity;
        }

        if (scalar.Kind == YamlScalarKind.Text && ScalarResolver.TryParseFloat(scalar.Value, out number))
        {
            return number;
        }

        reader.Report(scalar, path, $"expected a number here, found {scalar.Describe()}");
        return null;
    }

    private static BigInteger? ReadInteger(
        MessageReader reader, YamlScalar scalar, string path, BigInteger min, BigInteger max)
    {
        var found = scalar.TryGetInteger(out var number);
        if (!found && scalar.Kind == YamlScalarKind.Text)
        {
            found = BigInteger.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                out number);
        }

        if (!found)
        {
            reader.Report(scalar, path, $"expected a whole number here, found {scalar.Describe()}");
            return null;
        }

        if (number < min || number > max)
        {
            reader.Report(scalar, path, $"{number} is out of range: {min} to {max}");
            return null;
        }

        return number;
    }
}
