using System.Text;
using Lateen.Net;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>One connection of a simulated client or upstream.</summary>
internal abstract class Actor(World world, EventLoop loop) : IConnectionCallbacks
{
    private const int TraceBytesMax = 100;

    protected World World { get; } = world;

    protected EventLoop Loop { get; } = loop;

    protected Connection? Connection { get; set; }

    protected Random Random => World.Random;

    protected bool IsClosed { get; private set; }

    public virtual void OnConnected(Connection connection)
    {
    }

    public abstract void OnData(Connection connection);

    public abstract void OnEndOfStream(Connection connection);

    public virtual void OnAboveHighWatermark(Connection connection)
    {
    }

    public virtual void OnBelowLowWatermark(Connection connection)
    {
    }

    public void OnClosed(Connection connection, CloseReason reason)
    {
        IsClosed = true;
        OnOver(reason);
    }

    protected abstract void OnOver(CloseReason reason);

    protected bool Chance(int ofThousand) => Random.Next(1000) < ofThousand;

    /// <summary>Later, when the connection is still there.</summary>
    protected void After(int millisMax, Action action) => World.Network.After(
        TimeSpan.FromMicroseconds(Random.Next(1, (millisMax * 1000) + 2)),
        () =>
        {
            if (!IsClosed)
            {
                action();
                Loop.Flush();
            }
        });

    protected void Write(ReadOnlySpan<byte> bytes)
    {
        if (!IsClosed)
        {
            Tell("writes", bytes);
            Connection!.Output.Append(bytes);
            Connection.Send();
        }
    }

    /// <summary>Takes some, or all, of what has come.</summary>
    protected byte[] TakeInput(Connection connection)
    {
        var bytes = new byte[connection.Input.Length];
        connection.Input.CopyTo(bytes);
        connection.Input.Consume(bytes.Length);
        Tell("reads", bytes);
        return bytes;
    }

    /// <summary>Into the trace, when there is one.</summary>
    protected void Tell(string what, ReadOnlySpan<byte> bytes)
    {
        if (World.Network.Trace is { } trace)
        {
            var text = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, TraceBytesMax)]);
            trace($"{GetType().Name} {Connection!.LocalAddress} {what} {bytes.Length}: {text.ReplaceLineEndings("|")}");
        }
    }

    /// <summary>Does not read for some time, as a slow peer.</summary>
    protected void Pause(int millisMax)
    {
        Connection!.ReadDisable(true);
        After(millisMax, () => Connection.ReadDisable(false));
    }

    /// <summary>Gives up a connection that does not come about.</summary>
    protected void LimitConnecting() => World.Network.After(TimeSpan.FromSeconds(10), () =>
    {
        if (Connection!.State == ConnectionState.Connecting)
        {
            Connection.Close(CloseType.NoFlush);
        }
    });

    protected void Break() => Connection!.Close(CloseType.AbortReset);
}
