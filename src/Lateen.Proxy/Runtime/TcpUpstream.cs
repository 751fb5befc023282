using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>The upstream side of a TCP connection: a connection of its own, or a stream of an HTTP
/// connection.</summary>
internal abstract class TcpUpstream
{
    /// <summary>Nothing more comes from it.</summary>
    internal abstract bool IsClosed { get; }

    /// <summary>Begins to connect. False when the attempt has failed already, which the user was not told.</summary>
    internal abstract bool TryStart(out byte[]? failure);

    internal abstract void Write(BufferChain data, int length);

    internal abstract void EndWrite();

    internal abstract void ReadDisable(bool disable);

    internal abstract void Close(CloseType type);

    /// <summary>Writes what is known of it into the stream's facts, once it is connected.</summary>
    internal abstract void Describe(StreamInfo info, Cluster cluster);
}
