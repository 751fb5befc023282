using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Cel;

/// <summary>One run of an expression: what it looks at, and the buffer that its texts lie in. Of one thread,
/// reused.</summary>
internal sealed class CelEvaluation
{
    /// <summary>Variables of loops inside each other.</summary>
    internal const int LocalsMax = 64;

    /// <summary>Steps of all loops of one run; more are an error.</summary>
    private const int StepsMax = 10_000;

    private int _steps;

    [ThreadStatic]
    private static CelEvaluation? _current;

    private CelEvaluation()
    {
    }

    public StreamInfo Info { get; private set; } = null!;

    public AccessLogType LogType { get; private set; }

    public ByteBuffer Buffer { get; } = new(512);

    /// <summary>Variables of loops by their place.</summary>
    public CelValue[] Locals { get; } = new CelValue[LocalsMax];

    public static CelEvaluation Begin(StreamInfo info, AccessLogType type)
    {
        var evaluation = _current ??= new CelEvaluation();
        evaluation.Info = info;
        evaluation.LogType = type;
        evaluation.Buffer.Clear();
        evaluation._steps = 0;
        return evaluation;
    }

    /// <summary>False when the run has taken too many steps.</summary>
    public bool TryStep() => ++_steps <= StepsMax;

    public ReadOnlySpan<byte> TextOf(in CelValue value) => value.Reference is byte[] constant
        ? constant.AsSpan(value.Start, value.Length)
        : Buffer.Written.Slice(value.Start, value.Length);

    public CelValue Text(ReadOnlySpan<byte> text)
    {
        var start = Buffer.Length;
        Buffer.Write(text);
        return CelValue.OfBuffer(start, text.Length);
    }

    public CelValue Text(string? text)
    {
        var start = Buffer.Length;
        Buffer.Write(text ?? "");
        return CelValue.OfBuffer(start, Buffer.Length - start);
    }

    /// <summary>A value of metadata.</summary>
    public CelValue From(object? value) => value switch
    {
        null => CelValue.Error,
        string text => Text(text),
        byte[] bytes => CelValue.Of(bytes),
        ulong number => CelValue.OfUnsigned(number),
        long number => CelValue.Of(number),
        bool flag => CelValue.Of(flag),
        double number => CelValue.Of(number),
        Value nested => From(nested),
        Struct fields => CelValue.Of(new CelStruct(fields)),
        Stats.WorkloadMetadata workload => CelValue.Of(new CelWorkload(workload)),
        _ => Text(value.ToString()),
    };

    private CelValue From(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.StringValue => Text(value.StringValue),
        Value.KindOneofCase.NumberValue => CelValue.Of(value.NumberValue),
        Value.KindOneofCase.BoolValue => CelValue.Of(value.BoolValue),
        Value.KindOneofCase.StructValue => CelValue.Of(new CelStruct(value.StructValue)),
        Value.KindOneofCase.ListValue => CelValue.Of(ListOf(value.ListValue)),
        _ => CelValue.Null,
    };

    private CelValue[] ListOf(ListValue list)
    {
        var items = new CelValue[list.Values.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = From(list.Values[i]);
        }

        return items;
    }

    private sealed class CelStruct(Struct fields) : CelMap
    {
        public override int Count => fields.Fields.Count;

        public override CelValue[] Keys(CelEvaluation at) => [.. fields.Fields.Keys.Select(key => at.Text(key))];

        public override CelValue Get(CelEvaluation at, ReadOnlySpan<byte> key) =>
            fields.Fields.TryGetValue(System.Text.Encoding.UTF8.GetString(key), out var value)
                ? at.From(value)
                : CelValue.Error;
    }
}
