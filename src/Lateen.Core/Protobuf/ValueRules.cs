using System.Buffers.Binary;
using System.Text;

namespace Lateen.Core.Protobuf;

/// <summary>What the API's validation options (<c>validate.rules</c>) ask of one value.</summary>
internal sealed class ValueRules
{
    private readonly List<string>? _in, _notIn;
    private readonly List<long>? _numbersIn, _numbersNotIn;

    private ValueRules(int kind, ReadOnlySpan<byte> content)
    {
        Kind = kind;
        var reader = new WireReader(content);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var value = reader.ReadValue(wireType);
            switch (kind)
            {
                case <= 12:
                    ReadBound(number - 1, number, Number(kind, wireType, value));
                    break;
                case 13 when number == 1:
                    Const = value[0] != 0;
                    break;
                case 14 or 15:
                    ReadText(number, wireType, value, ref _in, ref _notIn);
                    break;
                case 16 when number == 2:
                    DefinedOnly = value[0] != 0;
                    break;
                case 16 when number is 3 or 4:
                    ReadNumbers(ref number == 3 ? ref _numbersIn : ref _numbersNotIn, wireType, value);
                    break;
                case 20 or 21 or 22 when number == 1:
                    Required = value[0] != 0;
                    break;
                case 21:
                    ReadBound(number - 2, number, Nanos(value));
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>The number of the rules' field in <c>validate.FieldRules</c>.</summary>
    public int Kind { get; }

    public bool Required { get; }

    public bool DefinedOnly { get; }

    public bool? Const { get; }

    /// <summary>Bounds of numbers, and of durations in nanoseconds; not a number: none.</summary>
    public double Lt { get; private set; } = double.NaN;

    public double Lte { get; private set; } = double.NaN;

    public double Gt { get; private set; } = double.NaN;

    public double Gte { get; private set; } = double.NaN;

    /// <summary>Bounds of a text's characters and bytes.</summary>
    public (uint Min, uint Max) Length { get; private set; } = (0, uint.MaxValue);

    public (uint Min, uint Max) Bytes { get; private set; } = (0, uint.MaxValue);

    /// <summary>1: a header's name, 2: a header's value.</summary>
    public int WellKnown { get; private set; }

    public bool IsStrict { get; private set; } = true;

    public bool IgnoresEmpty { get; private set; }

    public IReadOnlyList<string>? In => _in;

    public IReadOnlyList<string>? NotIn => _notIn;

    public IReadOnlyList<long>? NumbersIn => _numbersIn;

    public IReadOnlyList<long>? NumbersNotIn => _numbersNotIn;

    /// <summary>The rules of a value in a <c>FieldRules</c>; null when there are none.</summary>
    public static ValueRules? Read(ReadOnlySpan<byte> fieldRules)
    {
        var reader = new WireReader(fieldRules);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            if (number is not (17 or 18 or 19))
            {
                return new ValueRules(number, content);
            }
        }

        return null;
    }

    /// <summary>A number as it stands on the wire, by the rules' kind.</summary>
    public static double Number(int kind, int wireType, ReadOnlySpan<byte> value)
    {
        switch (wireType)
        {
            case WireReader.Fixed32:
                var four = BinaryPrimitives.ReadUInt32LittleEndian(value);
                return kind == 1 ? BitConverter.UInt32BitsToSingle(four) : kind == 11 ? (int)four : four;
            case WireReader.Fixed64:
                var eight = BinaryPrimitives.ReadUInt64LittleEndian(value);
                return kind == 2 ? BitConverter.UInt64BitsToDouble(eight) : kind == 12 ? (long)eight : eight;
            case WireReader.Varint:
                var number = new WireReader(value).ReadVarint();
                return kind switch
                {
                    3 or 4 or 16 => (long)number,
                    7 or 8 => (long)(number >> 1) ^ -(long)(number & 1),
                    _ => number,
                };
            default:
                return 0;
        }
    }

    /// <summary>Nanoseconds of a <c>google.protobuf.Duration</c>.</summary>
    public static double Nanos(ReadOnlySpan<byte> duration)
    {
        var (seconds, nanos) = (0L, 0L);
        var reader = new WireReader(duration);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var value = reader.ReadValue(wireType);
            if (wireType == WireReader.Varint)
            {
                var part = (long)new WireReader(value).ReadVarint();
                (seconds, nanos) = number == 1 ? (part, nanos) : (seconds, part);
            }
        }

        return (seconds * 1e9) + nanos;
    }

    private static void ReadNumbers(ref List<long>? list, int wireType, ReadOnlySpan<byte> value)
    {
        list ??= [];
        var reader = new WireReader(value);
        do
        {
            list.Add((long)reader.ReadVarint());
        }
        while (wireType == WireReader.Delimited && !reader.IsAtEnd);
    }

    /// <summary>Rules for bounds stand in the same order in all kinds: lt, lte, gt, gte.</summary>
    private void ReadBound(int order, int number, double bound)
    {
        switch (order)
        {
            case 1:
                Lt = bound;
                break;
            case 2:
                Lte = bound;
                break;
            case 3:
                Gt = bound;
                break;
            case 4:
                Gte = bound;
                break;
            default:
                IgnoresEmpty |= number == 8 && bound != 0;
                break;
        }
    }

    private void ReadText(
        int number, int wireType, ReadOnlySpan<byte> value, ref List<string>? among, ref List<string>? notAmong)
    {
        var bound = wireType == WireReader.Varint ? (uint)new WireReader(value).ReadVarint() : 0;
        var isText = Kind == 14;
        switch (isText ? number : number + 100)
        {
            case 2:
                Length = (bound, Length.Max);
                break;
            case 3:
                Length = (Length.Min, bound);
                break;
            case 4 or 102:
                Bytes = (bound, Bytes.Max);
                break;
            case 5 or 103:
                Bytes = (Bytes.Min, bound);
                break;
            case 10:
                (among ??= []).Add(Encoding.UTF8.GetString(value));
                break;
            case 11:
                (notAmong ??= []).Add(Encoding.UTF8.GetString(value));
                break;
            case 24:
                WellKnown = (int)bound;
                break;
            case 25:
                IsStrict = bound != 0;
                break;
            case 26 or 114:
                IgnoresEmpty = bound != 0;
                break;
            default:
                break;
        }
    }
}
