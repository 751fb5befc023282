using System.Buffers.Binary;
using Lateen.Net;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>A client of the TCP proxy: sends its number and bytes that follow from it, and checks what comes
/// back.</summary>
internal sealed class TcpClient : Actor
{
    private readonly Exchange _exchange;
    private int _received;
    private bool _isSent;

    public TcpClient(World world)
        : base(world, world.ClientLoop)
    {
        _exchange = world.Begin(1 + world.BodyBytes(), false, "t");
        Connection = Connection.Connect(Loop, this, World.TcpAddress, default, SocketOptions.Default);
        LimitConnecting();
    }

    public override void OnConnected(Connection connection)
    {
        Span<byte> id = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(id, _exchange.Id);
        Write(id);
        Send(0);
    }

    public override void OnData(Connection connection)
    {
        foreach (var b in TakeInput(connection))
        {
            if (b != Exchange.ResponseByte(_exchange.Id, _received++))
            {
                World.Check($"stream {_exchange.Id}: byte {_received - 1} of what came back is another's");
                break;
            }
        }

        World.Check(_received <= _exchange.RequestBytes
            ? null : $"stream {_exchange.Id}: more came back than was sent");
        if (Chance(50))
        {
            Pause(3000);
        }
    }

    public override void OnEndOfStream(Connection connection)
    {
        if (_received == _exchange.RequestBytes && _isSent)
        {
            _exchange.OnEnd();
        }

        connection.Close(CloseType.FlushWrite);
    }

    protected override void OnOver(CloseReason reason)
    {
        _exchange.OnBroken($"closed {reason} after {_received} bytes");
        World.OnClientOver();
    }

    private void Send(int from)
    {
        if (from == _exchange.RequestBytes)
        {
            _isSent = true;
            Connection!.EndWrite();
            return;
        }

        if (Chance(20))
        {
            _exchange.IsExcused = true;
            Break();
            return;
        }

        var n = 1 + Random.Next(Math.Min(_exchange.RequestBytes - from, 30000));
        Write(World.RequestBytes(_exchange, from, n));
        After(Chance(50) ? 4000 : 4, () => Send(from + n));
    }
}
