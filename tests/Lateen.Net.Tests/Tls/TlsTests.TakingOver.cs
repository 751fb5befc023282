using System.Text;

namespace Lateen.Net.Tests.Tls;

/// <content>The moment at which records leave libssl's care: wherever the peer's bytes are cut, none may be lost, and
/// no nonce may come twice.</content>
public sealed partial class TlsTests
{
    /// <summary>A late ticket that libssl would take: lifetime, age, no nonce, one byte of ticket, no
    /// extensions.</summary>
    private static readonly byte[] LateTicket = [4, 0, 0, 14, 0, 0, 1, 0, 1, 2, 3, 4, 0, 0, 1, 7, 0, 0];

    /// <summary>From the client's Finished on, by every cut in two: also where libssl has read a record's header and no
    /// byte of its body.</summary>
    [Fact]
    public void Server_ClientsBytesCutAnywhere_ReadsAll()
    {
        const int FinishedAndDataBytes = 140;
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        for (var back = 0; back < FinishedAndDataBytes; back++)
        {
            var (server, client) = Greet(harness, serverContext, clientContext);
            Write(harness, client, "first");
            Write(harness, client, "second");
            var bytes = TakeWire(client);

            var read = ReadInTwo(harness, server, bytes, bytes.Length - back);

            Assert.Equal("firstsecond", read);
            Assert.True(server.OwnsRecords);
            server.Dispose();
            client.Dispose();
        }

        Assert.Equal(0, harness.Loop.Buffers.RentedCount);
    }

    /// <summary>Tickets, data, and a ticket in two records.</summary>
    [Fact]
    public void Client_ServersBytesCutAnywhere_ReadsAll()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var cut = 0;
        int length;
        do
        {
            var (server, client) = Greet(harness, serverContext, clientContext);
            Assert.Equal("", ReadInTwo(harness, server, TakeWire(client), 0));
            Write(harness, server, "first");
            Seal(server, Handshake, LateTicket[..9]);
            Seal(server, Handshake, LateTicket[9..]);
            Write(harness, server, "second");
            var bytes = TakeWire(server);
            length = bytes.Length;

            Assert.Equal("firstsecond", ReadInTwo(harness, client, bytes, Math.Min(cut, length)));
            Assert.True(client.OwnsRecords);
            server.Dispose();
            client.Dispose();
        }
        while (++cut <= length);
    }

    /// <summary>libssl has sealed the farewell: the count that is handed over would be one short.</summary>
    [Fact]
    public void Client_FarewellBeforeTheFirstData_StaysWithLibssl()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Greet(harness, serverContext, clientContext);
        ReadInTwo(harness, server, TakeWire(client), 0);

        client.SendCloseNotify();
        Write(harness, server, "x");

        Assert.Equal("x", ReadInTwo(harness, client, TakeWire(server), 0));
        Assert.False(client.OwnsRecords);
        server.Dispose();
        client.Dispose();
    }

    [Fact]
    public void Records_AfterARetriedHello_AreOwned()
    {
        using var harness = new LoopHarness();
        using var serverContext = new TlsContext(new TlsContextOptions
        {
            IsServer = true,
            Certificates = [Authority.Issue(null, "a.example")],
            Groups = "P-256",
            Clock = TimeProvider.System,
        });
        using var clientContext = Client(null, 0x0304);

        var (server, client) = Exchange(harness, serverContext, clientContext);

        Assert.Equal("P-256", client.Curve);
        Assert.True(server.OwnsRecords);
        Assert.True(client.OwnsRecords);
    }

    [Theory]
    [InlineData(true, false, 0)]
    [InlineData(false, true, 0)]
    [InlineData(true, true, 32)]
    public void Handover_Secrets_AreKnownOnlyTogether(bool ofClient, bool ofServer, int expected)
    {
        var handover = new TlsHandover();
        var secret = new byte[32];
        if (ofClient)
        {
            handover.TakeSecret(ofServer: false, secret);
        }

        if (ofServer)
        {
            handover.TakeSecret(ofServer: true, secret);
        }

        Assert.Equal(expected, handover.SecretBytes);
    }

    /// <summary>A handshake without sockets, up to the client's last message, which waits in its wire.</summary>
    private static (TlsSession Server, TlsSession Client) Greet(
        LoopHarness harness, TlsContext serverContext, TlsContext clientContext)
    {
        var server = serverContext.CreateSession(harness.Loop);
        var client = clientContext.CreateSession(harness.Loop, "a.example"u8);
        Assert.Equal(TlsHandshakeResult.NeedMore, client.Handshake());
        Feed(harness, server, TakeWire(client));
        Assert.Equal(TlsHandshakeResult.NeedMore, server.Handshake());
        Feed(harness, client, TakeWire(server));
        Assert.Equal(TlsHandshakeResult.Done, client.Handshake());
        return (server, client);
    }

    /// <summary>As a connection does with what two receives bring.</summary>
    private static string ReadInTwo(LoopHarness harness, TlsSession session, byte[] bytes, int cut)
    {
        var read = new BufferChain(harness.Loop.Buffers);
        foreach (var piece in (byte[][])[bytes[..cut], bytes[cut..]])
        {
            Feed(harness, session, piece);
            if (session.IsEstablished || session.Handshake() == TlsHandshakeResult.Done)
            {
                Assert.Equal(TlsReadResult.NeedMore, session.ReadInto(read));
            }
        }

        var text = new byte[read.Length];
        read.CopyTo(text);
        read.Clear();
        return Encoding.ASCII.GetString(text);
    }

    private static void Feed(LoopHarness harness, TlsSession session, byte[] bytes)
    {
        var chain = new BufferChain(harness.Loop.Buffers);
        chain.Append(bytes);
        while (!chain.IsEmpty)
        {
            var first = chain.First;
            session.Feed(first);
            session.PutAway();
            chain.Consume(first.Length);
        }
    }

    private static void Write(LoopHarness harness, TlsSession session, string text)
    {
        var chain = new BufferChain(harness.Loop.Buffers);
        chain.Append(Encoding.ASCII.GetBytes(text));
        Assert.True(session.WriteFrom(chain));
        Assert.True(chain.IsEmpty);
    }

    private static byte[] TakeWire(TlsSession session)
    {
        session.FillWire();
        var bytes = new byte[session.Wire.Length];
        session.Wire.CopyTo(bytes);
        session.Wire.Clear();
        return bytes;
    }
}
