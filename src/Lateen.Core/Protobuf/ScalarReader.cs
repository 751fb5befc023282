using System.Globalization;
using System.Numerics;
using Lateen.Core.Yaml;

namespace Lateen.Core.Protobuf;

/// <summary>Reads scalar values into their binary form.</summary>
internal static class ScalarReader
{
    /// <summary>Reads a value into its binary form, without a tag; false after an error.</summary>
    public static bool TryRead(MessageReader reader, FieldSchema field, YamlNode node, string path, WireWriter target)
    {
        if (node is not YamlScalar scalar)
        {
            reader.Report(node, path, $"expected {Name(field)} here, found {node.Describe()}");
            return false;
        }

        switch (field.Kind)
        {
            case FieldKind.String:
                return TryReadString(reader, scalar, path, target);
            case FieldKind.Bytes:
                return TryReadBytes(reader, scalar, path, target);
            case FieldKind.Double or FieldKind.Float when ReadDouble(reader, scalar, path) is { } number:
                target.WriteFloating(field, number);
                return true;
            case FieldKind.Double or FieldKind.Float:
                return false;
            case FieldKind.Group:
                reader.Report(scalar, path, "groups cannot be read from YAML");
                return false;
            default:
                var bits = field.Kind switch
                {
                    FieldKind.Bool => ReadBoolean(reader, scalar, path) is { } flag ? flag ? 1 : 0 : null,
                    FieldKind.Enum => ReadEnum(reader, field.Enum, scalar, path),
                    FieldKind.UInt64 or FieldKind.Fixed64 => ReadUInt64(reader, scalar, path),
                    _ => ReadInteger(reader, scalar, path, field.Kind),
                };
                if (bits is { } value)
                {
                    target.WriteNumber(field, value);
                }

                return bits is not null;
        }
    }

    private static string Name(FieldSchema field) => field.Kind switch
    {
        FieldKind.String => "a string",
        FieldKind.Bool => "true or false",
        FieldKind.Enum => $"one of {Values(field.Enum)}",
        FieldKind.Bytes => "base64 text",
        _ => "a number",
    };

    private static bool TryReadString(MessageReader reader, YamlScalar scalar, string path, WireWriter target)
    {
        if (scalar.Kind == YamlScalarKind.Text)
        {
            target.WriteDelimited(scalar.Value);
            return true;
        }

        reader.Report(scalar, path, $"expected a string here, found {scalar.Describe()}",
            scalar.Kind == YamlScalarKind.Null ? null : $"Put it in quotes: \"{scalar.Value}\".");
        return false;
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

    private static long? ReadEnum(MessageReader reader, EnumSchema type, YamlScalar scalar, string path)
    {
        if (scalar.IsNull && type.FullName == "google.protobuf.NullValue")
        {
            return 0;
        }

        if (scalar.Kind == YamlScalarKind.Text && type.Find(scalar.Value) is { } byName)
        {
            return byName;
        }

        // Unknown numbers are kept, as on the wire.
        if (scalar.TryGetInteger(out var number) && number >= int.MinValue && number <= int.MaxValue)
        {
            return (int)number;
        }

        if ((reader.IsLenient || reader.IgnoresCase) && type.Find(scalar.Value, StringComparison.OrdinalIgnoreCase)
            is { } byCase)
        {
            return byCase;
        }

        var near = Spelling.Nearest(scalar.Value, type.Names);
        // OFF, NO and the like are booleans in YAML, but may name a value.
        if (scalar.Kind == YamlScalarKind.Boolean && near == scalar.Value)
        {
            return type.Find(near);
        }

        reader.Report(scalar, path, $"expected one of {Values(type)} here, found {scalar.Describe()}",
            near is null ? null : $"Did you mean {near}?");
        return null;
    }

    private static string Values(EnumSchema type) =>
        string.Join(", ", type.Names.Take(20)) + (type.Names.Length > 20 ? ", …" : "");

    private static bool TryReadBytes(MessageReader reader, YamlScalar scalar, string path, WireWriter target)
    {
        var text = scalar.Value.ReplaceLineEndings("").Replace('-', '+').Replace('_', '/').TrimEnd('=');
        var buffer = new byte[text.Length];
        var padded = text + new string('=', (4 - (text.Length % 4)) % 4);
        if (Convert.TryFromBase64String(padded, buffer, out var length))
        {
            target.WriteDelimited(buffer.AsSpan(0, length));
            return true;
        }

        reader.Report(scalar, path, "this is not base64");
        return false;
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

    private static long? ReadInteger(MessageReader reader, YamlScalar scalar, string path, FieldKind kind)
    {
        var (min, max) = kind switch
        {
            FieldKind.Int32 or FieldKind.SInt32 or FieldKind.SFixed32 => (int.MinValue, int.MaxValue),
            FieldKind.UInt32 or FieldKind.Fixed32 => (0, uint.MaxValue),
            _ => (long.MinValue, long.MaxValue),
        };
        // Nearly all numbers are short; only the others are looked at in full.
        if (scalar.Kind == YamlScalarKind.WholeNumber && scalar.Value.Length < 10
            && IsDecimal(scalar.Value)
                && long.TryParse(scalar.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var small)
            && small <= max)
        {
            return small;
        }

        return ReadBigInteger(reader, scalar, path, min, max) is { } number ? (long)number : null;
    }

    /// <summary>Whether the digits say what they say in base ten: a leading zero means base eight.</summary>
    private static bool IsDecimal(string digits) => digits.Length == 1 || digits[0] is > '0' and <= '9';

    private static long? ReadUInt64(MessageReader reader, YamlScalar scalar, string path) =>
        ReadBigInteger(reader, scalar, path, 0, ulong.MaxValue) is { } number ? (long)(ulong)number : null;

    private static BigInteger? ReadBigInteger(
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
