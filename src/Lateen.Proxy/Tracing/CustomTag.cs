using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tracing;

/// <summary>A tag of the configuration: a name and where its value comes from. Source:
/// <c>type.tracing.v3.CustomTag</c>.</summary>
internal sealed class CustomTag(byte[] name, FormatWriter write)
{
    public byte[] Name { get; } = name;

    /// <summary>Writes the value; false when there is none, so that there is no tag.</summary>
    public bool TryWrite(ByteBuffer output, StreamInfo info, in FormatContext context)
    {
        var start = output.Length;
        if (write(output, info, context) && output.Length > start)
        {
            return true;
        }

        output.Truncate(start);
        return false;
    }
}
