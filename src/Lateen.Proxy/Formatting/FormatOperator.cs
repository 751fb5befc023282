using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>Writes the value of one command operator; false and nothing written when there is no value.</summary>
internal delegate bool FormatWriter(ByteBuffer output, StreamInfo info, in FormatContext context);

/// <summary>Writes the value as JSON, text cut to a length when that is not negative; false: no value.</summary>
internal delegate bool FormatJsonWriter(
    ByteBuffer output, StreamInfo info, in FormatContext context, int lengthMax);

/// <summary>One command operator such as <c>%REQ(x)%</c>, ready to run.</summary>
/// <param name="Write">Writes the value.</param>
/// <param name="IsNumber">In typed JSON the value stands without quotes.</param>
/// <param name="WriteJson">How the value is written where its type counts; null: as number or text.</param>
internal sealed record FormatOperator(
    FormatWriter Write, bool IsNumber = false, FormatJsonWriter? WriteJson = null)
{
    /// <summary>The value of an operator over a number, without the way through text; negative: none. Null: the
    /// operator is another one.</summary>
    public Func<StreamInfo, long>? Number { get; init; }

    /// <summary>Values are cut to this many bytes; negative: not.</summary>
    public int LengthMax { get; init; } = -1;

    public bool TryWrite(ByteBuffer output, StreamInfo info, in FormatContext context)
    {
        var start = output.Length;
        if (!Write(output, info, context))
        {
            output.Truncate(start);
            return false;
        }
        if (LengthMax >= 0)
        {
            output.Truncate(start + LengthMax);
        }
        return true;
    }

    /// <summary>Writes the value as JSON; false and nothing written when there is none.</summary>
    public bool TryWriteJson(ByteBuffer output, StreamInfo info, in FormatContext context)
    {
        if (WriteJson is not null)
        {
            var start = output.Length;
            var written = WriteJson(output, info, context, LengthMax);
            if (!written)
            {
                output.Truncate(start);
            }
            return written;
        }
        var scratch = Routing.Scratch.Matched;
        if (!TryWrite(scratch, info, context))
        {
            return false;
        }
        if (IsNumber)
        {
            output.Write(scratch.Written);
        }
        else
        {
            Config.JsonText.WriteString(output, scratch.Written);
        }
        return true;
    }
}
