using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.AccessLog;

/// <summary>The loggers <c>file</c>, <c>stdout</c> and <c>stderr</c>: formatting is done here, the file is written
/// elsewhere.</summary>
internal sealed class FileAccessLogger(AccessLogFile file, AccessLogFormat format, AccessLogFilter? filter)
    : AccessLogger(filter)
{
    protected override void Emit(Worker worker, StreamInfo info, AccessLogType type)
    {
        var buffer = Scratch.Formatted;
        format.Write(buffer, info, new FormatContext(type, worker.Loop.UnixNanos));
        file.Write(buffer.Written);
    }
}
