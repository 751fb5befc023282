namespace Lateen.Proxy.Formatting;

/// <summary>What an entry is written for, besides the stream itself.</summary>
/// <param name="LogType">Name of the access log type.</param>
/// <param name="EmitUnixNanos">Nanoseconds since the Unix epoch when the entry is written; zero: not a log.</param>
/// <param name="LocalReplyBody">Body of the local reply, where that is what is being made.</param>
internal readonly record struct FormatContext(
    AccessLog.AccessLogType LogType, long EmitUnixNanos = 0, ReadOnlyMemory<byte> LocalReplyBody = default);
