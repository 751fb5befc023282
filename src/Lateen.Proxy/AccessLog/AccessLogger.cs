using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.AccessLog;

/// <summary>One access log of a listener, connection manager or TCP proxy.</summary>
internal sealed class AccessLogger(AccessLogFile file, AccessLogFormat format, AccessLogFilter? filter)
{
    /// <summary>Writes an entry if the filter lets it; formatting is done here, the file is written
    /// elsewhere.</summary>
    public void Log(StreamInfo info, AccessLogType type, long unixNanos)
    {
        if (filter is not null && !filter.IsMatch(info, type))
        {
            return;
        }
        var buffer = Scratch.Formatted;
        format.Write(buffer, info, new FormatContext(type, unixNanos));
        file.Write(buffer.Written);
    }
}
