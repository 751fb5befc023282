using System.Text;

namespace Lateen.Net.Tests;

/// <summary>Connections whose two ends are in the process.</summary>
public sealed class InternalConnectionTests : IDisposable
{
    private static readonly NetAddress _server = NetAddress.Unix("envoy://inner/");
    private static readonly NetAddress _source = NetAddress.Unix("envoy://client/");
    private readonly LoopHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public void Connect_NobodyListens_FailsLaterWithInvalidArgument()
    {
        var client = new FakePeer();

        var connection = Connection.ConnectInternal(_harness.Loop, client, _server, _source, null, 1024, null);

        Assert.Null(client.Closed);
        _harness.Until("the failure", () => client.Closed == CloseReason.ConnectFailed);
        Assert.Equal(22, connection.SocketError);
    }

    [Fact]
    public void Connect_AcceptorClosesAtOnce_FailsAsIfNobodyListened()
    {
        var client = new FakePeer();

        Connection.ConnectInternal(_harness.Loop, client, _server, _source, new Refuser(), 1024, null);

        _harness.Until("the failure", () => client.Closed == CloseReason.ConnectFailed);
        Assert.False(client.Connected);
    }

    [Fact]
    public void Accept_WithHandover_HasAddressesAndObject()
    {
        var (client, server) = (new FakePeer(), new FakePeer());

        Connection.ConnectInternal(_harness.Loop, client, _server, _source, server, 1024, "given");

        _harness.Until("both ends", () => client.Connected && server.Connection is not null);
        Assert.Equal("given", server.Connection!.Handover);
        Assert.Equal(_server, server.Connection.LocalAddress);
        Assert.Equal(_source, server.Connection.RemoteAddress);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(1024 * 1024)]
    public void Echo_MoreThanTheBuffer_ComesBackWholeAndEnds(int bufferBytes)
    {
        var (client, server) = (new FakePeer(), new FakePeer { Echo = true });
        var sent = new byte[300_000];
        new Random(5).NextBytes(sent);
        var connection = Connection.ConnectInternal(
            _harness.Loop, client, _server, _source, server, bufferBytes, null);

        connection.Output.Append(sent);
        connection.Send();
        connection.EndWrite();

        _harness.Until("the end", () => client.Closed is not null);
        Assert.Equal(sent, client.Received);
        Assert.True(client.Ended);
        Assert.False(connection.IsCutOff);
    }

    [Fact]
    public void Close_AfterWriting_DeliversThenTellsThatBothDirectionsAreGone()
    {
        var (client, server) = (new FakePeer(), new FakePeer());
        var connection = Connection.ConnectInternal(_harness.Loop, client, _server, _source, server, 1024, null);
        _harness.Until("accept", () => client.Connected);

        server.Connection!.Output.Append("last"u8);
        server.Connection.Close(CloseType.FlushWrite);

        _harness.Until("the end", () => client.Ended);
        Assert.Equal("last", Encoding.ASCII.GetString([.. client.Received]));
        Assert.True(connection.IsCutOff);
    }

    [Fact]
    public void Reset_BeforeReading_DropsWhatWasOnTheWay()
    {
        var (client, server) = (new FakePeer(), new FakePeer());
        Connection.ConnectInternal(_harness.Loop, client, _server, _source, server, 1024, null);
        _harness.Until("accept", () => client.Connected);

        server.Connection!.Close(CloseType.AbortReset);

        _harness.Until("the reset", () => client.Closed == CloseReason.RemoteReset);
        Assert.Empty(client.Received);
    }

    private sealed class Refuser : IAcceptCallbacks
    {
        public void OnAccept(Connection connection) => connection.Close(CloseType.NoFlush);
    }
}
