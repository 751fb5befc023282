using System.Net;
using System.Net.Sockets;

namespace Lateen.Proxy.Stats.Sinks;

/// <summary>statsd over UDP: a line per datagram, or as many as fit.</summary>
internal sealed class StatsdUdpSink(StatsdLines lines, EndPoint target, int datagramBytesMax) : StatsSink
{
    private readonly Socket _socket = new(target.AddressFamily, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly ByteBuffer _datagram = new(2048);

    public override void Flush(StatsSnapshot snapshot)
    {
        lines.Write(snapshot, Add);
        Send();
    }

    public override void Dispose()
    {
        _socket.Dispose();
        base.Dispose();
    }

    private void Add(ByteBuffer line)
    {
        if (_datagram.Length > 0 && _datagram.Length + 1 + line.Length > datagramBytesMax)
        {
            Send();
        }
        if (_datagram.Length > 0)
        {
            _datagram.Write((byte)'\n');
        }
        _datagram.Write(line.Written);
    }

    private void Send()
    {
        if (_datagram.Length == 0)
        {
            return;
        }
        try
        {
            _socket.SendTo(_datagram.Written, SocketFlags.None, target);
        }
        catch (SocketException)
        {
            // Nobody listens, or the machine is short of buffers: statistics are lost, as with any UDP sink.
        }
        _datagram.Clear();
    }
}
