namespace Lateen.Net.Tests.Connections;

public sealed class ConnectionTests
{
    private static readonly NetAddress Loopback = NetAddress.V4(0x7F000001, 0);

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(16 * 1024)]
    [InlineData(3_000_000)]
    public void Echo_AnySize_BringsAllBytesBack(int size)
    {
        using var harness = new LoopHarness();
        var server = new FakePeer { Echo = true };
        using var listener = new ListenSocket(harness.Loop, server, Loopback, SocketOptions.Default);
        listener.Start();
        var data = new byte[size];
        new Random(size).NextBytes(data);
        var client = new FakePeer();
        var connection =
            Connection.Connect(harness.Loop, client, listener.LocalAddress, default, SocketOptions.Default);
        harness.Until("connect", () => client.Connected);

        connection.Output.Append(data);
        connection.Send();
        connection.EndWrite();
        harness.Until("echo and end", () => client.Closed is not null && server.Closed is not null);

        Assert.True(client.Received.ToArray().AsSpan().SequenceEqual(data));
        Assert.True(client.Ended);
        Assert.Equal(0, harness.Loop.Buffers.RentedCount);
        Assert.Equal(2, harness.Loop.SourceCount);
    }

    [Fact]
    public void Connect_NobodyListens_ClosesAsFailed()
    {
        using var harness = new LoopHarness();
        var listener = new ListenSocket(harness.Loop, new FakePeer(), Loopback, SocketOptions.Default);
        var address = listener.LocalAddress;
        listener.Dispose();
        var client = new FakePeer();
        var connection = Connection.Connect(harness.Loop, client, address, default, SocketOptions.Default);

        harness.Until("refusal", () => client.Closed is not null);

        Assert.Equal(CloseReason.ConnectFailed, client.Closed);
        Assert.Equal(111, connection.SocketError);
    }

    [Fact]
    public void Connect_WithSource_ComesFromThatAddress()
    {
        using var harness = new LoopHarness();
        var server = new FakePeer();
        using var listener = new ListenSocket(harness.Loop, server, Loopback, SocketOptions.Default);
        listener.Start();
        var source = NetAddress.V4(0x7F000006, 0);
        Connection.Connect(harness.Loop, new FakePeer(), listener.LocalAddress, source, SocketOptions.Default);

        harness.Until("accept", () => server.Connection is not null);

        Assert.Equal("127.0.0.6", server.Connection!.RemoteAddress.ToString().Split(':')[0]);
        server.Connection.Close(CloseType.NoFlush);
    }

    [Fact]
    public void Close_AbortReset_IsSeenAsReset()
    {
        using var harness = new LoopHarness();
        var server = new FakePeer();
        using var listener = new ListenSocket(harness.Loop, server, Loopback, SocketOptions.Default);
        listener.Start();
        var client = new FakePeer();
        Connection.Connect(harness.Loop, client, listener.LocalAddress, default, SocketOptions.Default);
        harness.Until("accept", () => server.Connection is not null && client.Connected);

        server.Connection!.Close(CloseType.AbortReset);
        harness.Until("reset", () => client.Closed is not null);

        Assert.Equal(CloseReason.RemoteReset, client.Closed);
    }

    [Fact]
    public void Close_FlushWriteAndDelay_SendsAllThenWaitsForThePeer()
    {
        using var harness = new LoopHarness();
        var server = new FakePeer();
        using var listener = new ListenSocket(harness.Loop, server, Loopback, SocketOptions.Default);
        listener.Start();
        var client = new FakePeer();
        var connection =
            Connection.Connect(harness.Loop, client, listener.LocalAddress, default, SocketOptions.Default);
        harness.Until("accept", () => server.Connection is not null && client.Connected);

        server.Connection!.Output.Append(new byte[500_000]);
        server.Connection.Send();
        server.Connection.Close(CloseType.FlushWriteAndDelay, 60_000);
        harness.Until("all bytes", () => client.Received.Count == 500_000);
        Assert.False(client.Ended);
        Assert.Null(server.Closed);

        connection.Close(CloseType.FlushWrite);
        harness.Until("peer's end", () => server.Closed is not null);
        // It was the peer that ended it, which is what Envoy counts.
        Assert.Equal(CloseReason.Remote, server.Closed);
    }

    [Fact]
    public void Close_WithDelayWhileTheTimerRuns_TakesTheTimerOver()
    {
        using var harness = new LoopHarness();
        var server = new FakePeer();
        using var listener = new ListenSocket(harness.Loop, server, Loopback, SocketOptions.Default);
        listener.Start();
        var client = new FakePeer();
        Connection.Connect(harness.Loop, client, listener.LocalAddress, default, SocketOptions.Default);
        harness.Until("accept", () => server.Connection is not null && client.Connected);
        var connection = server.Connection!;

        connection.StartTimer(1);
        harness.Until("timer", () => server.TimerCount == 1);
        connection.StartTimer(1);
        connection.StopTimer();
        connection.Close(CloseType.FlushWriteAndDelay, 30);
        connection.StartTimer(1);
        harness.Until("end", () => server.Closed is not null);

        Assert.True(connection.HasDelayExpired);
        Assert.Equal(1, server.TimerCount);
        Assert.Equal(0, harness.Loop.Timers.Count);
    }

    [Fact]
    public void Connection_ThatRests_HasGivenItsChainsBack()
    {
        using var harness = new LoopHarness();
        var server = new FakePeer { Echo = true };
        using var listener = new ListenSocket(harness.Loop, server, Loopback, SocketOptions.Default);
        listener.Start();
        var client = new FakePeer();
        var connection =
            Connection.Connect(harness.Loop, client, listener.LocalAddress, default, SocketOptions.Default);
        connection.Output.Append("hello"u8);
        connection.Send();
        harness.Until("echo", () => client.Received.Count == 5);

        Assert.True(connection.IsInputEmpty);
        Assert.Equal(0, harness.Loop.Buffers.RentedCount);
        Assert.Equal(0, harness.Loop.Buffers.RentedChainCount);
    }

    [Theory]
    [InlineData("::1", 443)]
    [InlineData("0.0.0.0", 0)]
    [InlineData("255.255.255.255", 65535)]
    public void RemoteAddress_OfAnyFamily_IsKeptWhole(string ip, int port)
    {
        using var harness = new LoopHarness();
        Assert.True(NetAddress.TryParseIp(ip, port, out var address));
        var connection = Connection.ConnectInternal(
            harness.Loop, new FakePeer(), address, default, null, 1024, null);

        Assert.Equal(address, connection.RemoteAddress);
        Assert.Equal(default, connection.LocalAddress);
    }

    [Fact]
    public void UnixSocket_Echo_Works()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("lateen").FullName, "s");
        using var harness = new LoopHarness();
        var server = new FakePeer { Echo = true };
        using var listener = new ListenSocket(harness.Loop, server, NetAddress.Unix(path), SocketOptions.Default);
        listener.Start();
        var client = new FakePeer();
        var connection =
            Connection.Connect(harness.Loop, client, NetAddress.Unix(path), default, SocketOptions.Default);
        harness.Until("connect", () => client.Connected);

        connection.Output.Append("hello"u8);
        connection.Send();
        harness.Until("echo", () => client.Received.Count == 5);
    }

    [Fact]
    public void Echo_WhenWarm_AllocatesNothing()
    {
        using var harness = new LoopHarness();
        var server = new FakePeer { Echo = true };
        using var listener = new ListenSocket(harness.Loop, server, Loopback, SocketOptions.Default);
        listener.Start();
        var client = new PingPong();
        var connection =
            Connection.Connect(harness.Loop, client, listener.LocalAddress, default, SocketOptions.Default);
        PingPong.Send(connection);
        harness.Until("warm", () => client.Count > 200);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var target = client.Count + 1000;
        while (client.Count < target)
        {
            harness.Loop.RunOnce(1000);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void TryPost_FromAnotherThread_RunsOnTheLoop()
    {
        using var harness = new LoopHarness();
        var ran = 0;
        var thread = new Thread(() => harness.Loop.TryPost(_ => ran = Environment.CurrentManagedThreadId, null));
        thread.Start();
        harness.Until("message", () => ran != 0);
        thread.Join();
        Assert.Equal(Environment.CurrentManagedThreadId, ran);
    }

    [Theory]
    [InlineData("127.0.0.1", 80, "127.0.0.1:80")]
    [InlineData("::1", 80, "[::1]:80")]
    [InlineData("2001:db8:0:0:1:0:0:1", 443, "[2001:db8::1:0:0:1]:443")]
    [InlineData("fe80::", 1, "[fe80::]:1")]
    [InlineData("::", 1, "[::]:1")]
    [InlineData("::ffff:10.1.2.3", 1, "10.1.2.3:1")]
    [InlineData("1:0:3:4:5:6:7:8", 1, "[1:0:3:4:5:6:7:8]:1")]
    public void NetAddress_Format_IsCanonical(string ip, int port, string text)
    {
        Assert.True(NetAddress.TryParseIp(ip, port, out var address));
        Assert.Equal(text, address.ToString());
    }

    private sealed class PingPong : IConnectionCallbacks
    {
        public int Count { get; private set; }

        public static void Send(Connection connection)
        {
            connection.Output.Append("ping"u8);
            connection.Send();
        }

        public void OnConnected(Connection connection)
        {
        }

        public void OnData(Connection connection)
        {
            Count++;
            connection.Input.Consume(connection.Input.Length);
            Send(connection);
        }

        public void OnEndOfStream(Connection connection)
        {
        }

        public void OnAboveHighWatermark(Connection connection)
        {
        }

        public void OnBelowLowWatermark(Connection connection)
        {
        }

        public void OnClosed(Connection connection, CloseReason reason)
        {
        }
    }
}
