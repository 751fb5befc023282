using System.Buffers.Binary;
using Lateen.Net;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>An upstream of the TCP proxy: sends back as many bytes as come, and ends when the client has.</summary>
internal sealed class TcpUpstream : Actor
{
    private readonly List<byte> _head = [];
    private int _id = -1;
    private int _received;
    private int _sent;
    private bool _isEnded;

    public TcpUpstream(World world, Connection connection)
        : base(world, world.UpstreamLoop)
    {
        Connection = connection;
        connection.SetCallbacks(this);
    }

    public override void OnData(Connection connection)
    {
        foreach (var b in TakeInput(connection))
        {
            if (_id < 0)
            {
                _head.Add(b);
                _id = _head.Count == 4 ? BinaryPrimitives.ReadInt32BigEndian(_head.ToArray()) : -1;
            }
            else if (b != Exchange.RequestByte(_id, _received++))
            {
                World.Check($"stream {_id}: byte {_received - 1} of it is another's");
                return;
            }
        }

        if (World.IsWild && Chance(20))
        {
            Break();
            return;
        }

        Reply();
    }

    public override void OnEndOfStream(Connection connection)
    {
        _isEnded = true;
        Reply();
    }

    public override void OnBelowLowWatermark(Connection connection) => Reply();

    protected override void OnOver(CloseReason reason)
    {
    }

    private void Reply()
    {
        if (IsClosed)
        {
            return;
        }

        while (_sent < _received && !Connection!.IsAboveHighWatermark)
        {
            var n = Math.Min(_received - _sent, 8000);
            Write(World.ResponseBytes(_id, _sent, n));
            _sent += n;
        }

        if (_isEnded && _sent == _received)
        {
            Connection!.Close(CloseType.FlushWrite);
        }
    }
}
