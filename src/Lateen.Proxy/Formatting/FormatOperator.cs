using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>Writes the value of one command operator; false and nothing written when there is no value.</summary>
internal delegate bool FormatWriter(ByteBuffer output, StreamInfo info, in FormatContext context);

/// <summary>One command operator such as <c>%REQ(x)%</c>, ready to run.</summary>
/// <param name="Write">Writes the value.</param>
/// <param name="IsNumber">In typed JSON the value stands without quotes.</param>
/// <param name="IsJson">The value is written as JSON already when it is not text.</param>
internal sealed record FormatOperator(FormatWriter Write, bool IsNumber = false, bool IsJson = false)
{
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
}
