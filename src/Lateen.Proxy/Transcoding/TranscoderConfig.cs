using Lateen.Core.Protobuf;

namespace Lateen.Proxy.Transcoding;

/// <summary>Settings of the filter <c>grpc_json_transcoder</c>. Source: <c>GrpcJsonTranscoder</c>.</summary>
internal sealed class TranscoderConfig
{
    /// <summary>The methods by their paths; null: the filter is off.</summary>
    public PathMatcher? Methods { get; init; }

    /// <summary>How responses are written; finds what an <c>Any</c> holds.</summary>
    public MessageWriteOptions Printing { get; init; } = MessageWriteOptions.Default;

    /// <summary>How requests are read.</summary>
    public MessageReadOptions Reading { get; init; } = MessageReadOptions.Kubernetes;

    public bool Indented { get; init; }

    public StreamStyle Streams { get; init; }

    /// <summary>The route stays the one that the incoming request has chosen.</summary>
    public bool KeepsRoute { get; init; }

    public string[] IgnoredParameters { get; init; } = [];

    public bool IgnoresUnknownParameters { get; init; }

    public bool CapturesUnknownParameters { get; init; }

    public bool ConvertsStatus { get; init; }

    public PathSegments.Unescape Unescape { get; init; }

    public bool PlusIsSpace { get; init; }

    public bool RejectsUnknownMethods { get; init; }

    public bool RejectsUnknownParameters { get; init; }

    public bool RejectsCollisions { get; init; }

    public bool IgnoresCase { get; init; }

    /// <summary>Bytes of a request's body that may be held. Default: 1 MiB.</summary>
    public long RequestBytesMax { get; init; } = 1024 * 1024;

    /// <summary>Bytes of a response's body that may be held. Default: 1 MiB.</summary>
    public long ResponseBytesMax { get; init; } = 1024 * 1024;

    /// <summary>How the messages of a stream are set apart.</summary>
    internal enum StreamStyle
    {
        Array,
        Lines,
        Events,
    }
}
