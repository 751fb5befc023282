using System.Runtime.CompilerServices;
using System.Text;

namespace Lateen.Net.Tests.Tls;

/// <content>Records of TLS 1.3 that are protected without libssl.</content>
public sealed partial class TlsTests
{
    private const byte Alert = 21;
    private const byte Handshake = 22;
    private const byte Data = 23;

    [Theory]
    [InlineData(0x0303, false)]
    [InlineData(0x0304, true)]
    public void Records_AfterTheFirstData_AreOwnedFromTls13On(int version, bool owned)
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), version);
        var (server, client) = Exchange(harness, serverContext, clientContext);

        Assert.Equal(owned, server.OwnsRecords);
        Assert.Equal(owned, client.OwnsRecords);
        Assert.Null(server.Handover);
        Assert.Null(client.Handover);
    }

    /// <summary>The client's first data of RFC 8448 section 3.</summary>
    [Fact]
    public void Seal_SecretOfRfc8448_GivesItsRecord()
    {
        var secret = Convert.FromHexString("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
        var expected = "17030300 43a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a"
            + "20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4";
        var suite = TlsRecordSuite.Find("TLS_AES_128_GCM_SHA256"u8)!;
        using var key = TlsRecordKey.TryMake(suite, secret, true, 0)!;
        var record = new byte[50 + TlsRecordKey.OverheadBytes];
        for (var i = 0; i < 50; i++)
        {
            record[TlsRecordKey.HeaderBytes + i] = (byte)i;
        }

        Assert.True(key.TrySeal(record, Data));
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexStringLower(record));
    }

    [Fact]
    public void KeyUpdate_AskedForByThePeer_ChangesBothKeys()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Exchange(harness, serverContext, clientContext);
        for (var i = 0; i < 3; i++)
        {
            Seal(client, Handshake, 24, 0, 0, 1, 1);
            Assert.True(client.Writer!.TryUpdate());
            Seal(client, Data, (byte)'a');
            Assert.Equal("a", Read(harness, client, server, TlsReadResult.NeedMore));

            Assert.Equal(0UL, server.Writer!.Sequence);
            Seal(server, Data, (byte)'b');
            Assert.Equal("b", Read(harness, server, client, TlsReadResult.NeedMore));
        }
    }

    [Fact]
    public void Ticket_AfterData_IsPassedOver()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Exchange(harness, serverContext, clientContext);

        Seal(server, Handshake, [4, 0, 0, 6, 1, 2, 3]);
        Seal(server, Handshake, [4, 5, 6, 4, 0, 0, 0]);
        Seal(server, Data, (byte)'x');

        Assert.Equal("x", Read(harness, server, client, TlsReadResult.NeedMore));
    }

    [Fact]
    public void Record_Padded_GivesItsData()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Exchange(harness, serverContext, clientContext);

        Seal(client, 0, [(byte)'a', 0, (byte)'b', Data, 0, 0, 0]);

        Assert.Equal("a\0b", Read(harness, client, server, TlsReadResult.NeedMore));
    }

    [Fact]
    public void Record_OfFullLength_GivesItsData()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Exchange(harness, serverContext, clientContext);

        Seal(client, Data, Plain(TlsRecordKey.PlainBytesMax));
        Seal(client, 0, [.. Plain(TlsRecordKey.PlainBytesMax - 1), Data]);

        var read = Read(harness, client, server, TlsReadResult.NeedMore);
        Assert.Equal(new string('z', (2 * TlsRecordKey.PlainBytesMax) - 1), read);
    }

    /// <summary>Requests for a new key while nothing is read here are answered by one change (RFC 8446 section 4.6.3):
    /// else their answers would grow without limit.</summary>
    [Fact]
    public void KeyUpdates_AskedForWhileAnswersWait_AreAnsweredOnce()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Exchange(harness, serverContext, clientContext);
        for (var i = 0; i < 100; i++)
        {
            Seal(client, Handshake, 24, 0, 0, 1, 1);
            Assert.True(client.Writer!.TryUpdate());
            Seal(client, Data, (byte)'a');
        }

        Assert.Equal(new string('a', 100), Read(harness, client, server, TlsReadResult.NeedMore));
        Assert.Equal(5 + TlsRecordKey.OverheadBytes, server.Wire.Length);

        // The one that is owed comes before the next data.
        Write(harness, server, "b");
        Assert.Equal("b", Read(harness, server, client, TlsReadResult.NeedMore));
        Assert.Equal(1UL, server.Writer!.Sequence);
        Write(harness, server, "c");
        Assert.Equal("c", Read(harness, server, client, TlsReadResult.NeedMore));
        Assert.Equal(2UL, server.Writer!.Sequence);
    }

    [Fact]
    public void Farewell_OfOurs_IsTheLastRecord()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Exchange(harness, serverContext, clientContext);
        server.SendCloseNotify();
        TakeWire(server);

        Seal(client, Handshake, 24, 0, 0, 1, 1);
        Assert.True(client.Writer!.TryUpdate());
        Seal(client, Data, (byte)'a');
        Assert.Equal("a", Read(harness, client, server, TlsReadResult.NeedMore));
        Assert.True(server.Wire.IsEmpty);

        Seal(client, 99, 1);
        Read(harness, client, server, TlsReadResult.Failed);
        Assert.True(server.Wire.IsEmpty);
    }

    /// <summary>Before AES-GCM's limit the own key changes, and the peer follows.</summary>
    [Fact]
    public void Key_AfterItsMostRecords_Changes()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Exchange(harness, serverContext, clientContext);
        var suite = TlsRecordSuite.Find(server.CipherSuite)!;
        var secret = new byte[suite.SecretBytes];
        server.Writer!.Dispose();
        SetWriter(server, TlsRecordKey.TryMake(suite, secret, true, (1 << 24) - 1));
        ReaderOf(client)!.Dispose();
        ReaderOf(client) = TlsRecordKey.TryMake(suite, secret, false, (1 << 24) - 1);

        Write(harness, server, "last");
        Assert.Equal(1UL << 24, server.Writer.Sequence);
        Write(harness, server, "first");
        Assert.Equal(1UL, server.Writer.Sequence);

        Assert.Equal("lastfirst", Read(harness, server, client, TlsReadResult.NeedMore));
    }

    /// <summary>What a peer sends behind its farewell is not kept.</summary>
    [Theory]
    [InlineData(0x0303)]
    [InlineData(0x0304)]
    public void Bytes_BehindTheFarewell_AreDropped(int version)
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), version);
        var (server, client) = Exchange(harness, serverContext, clientContext);
        client.SendCloseNotify();
        Assert.Equal("", Read(harness, client, server, TlsReadResult.Ended));
        var before = harness.Loop.Buffers.RentedChainCount;

        for (var i = 0; i < 3; i++)
        {
            client.Wire.Append(new byte[100_000]);
            Assert.Equal("", Read(harness, client, server, TlsReadResult.Ended));
            Assert.Equal(before, harness.Loop.Buffers.RentedChainCount);
        }
    }

    /// <summary>A pool that keeps no blocks frees at once what is given back too early.</summary>
    [Fact]
    public void Alert_OfThePeer_IsReadBeforeItsMemoryIsGone()
    {
        using var harness = new LoopHarness(new EventLoop(TimeProvider.System, retainedBlocksMax: 0));
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        for (var alert = 40; alert < 48; alert++)
        {
            var (server, client) = Exchange(harness, serverContext, clientContext);
            Seal(client, Alert, 2, (byte)alert);
            Read(harness, client, server, TlsReadResult.Failed);
            Assert.Contains("_ALERT_", server.TakeFailure(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Alert_OfThePeer_IsTheReason()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Exchange(harness, serverContext, clientContext);

        Seal(client, Alert, 2, 42);
        Read(harness, client, server, TlsReadResult.Failed);

        Assert.Contains("SSLV3_ALERT_BAD_CERTIFICATE", server.TakeFailure(), StringComparison.Ordinal);
        Assert.True(server.Wire.IsEmpty);
    }

    [Fact]
    public void CloseNotify_WithDataBehindIt_EndsTheData()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Exchange(harness, serverContext, clientContext);

        Seal(client, Data, (byte)'a');
        client.SendCloseNotify();
        Seal(client, Data, (byte)'b');

        Assert.Equal("a", Read(harness, client, server, TlsReadResult.Ended));
    }

    private static byte[] Plain(int length)
    {
        var plain = new byte[length];
        plain.AsSpan().Fill((byte)'z');
        return plain;
    }

    /// <summary>A connection on which data have gone both ways.</summary>
    private static (TlsSession Server, TlsSession Client) Exchange(
        LoopHarness harness, TlsContext serverContext, TlsContext clientContext)
    {
        var (server, client) = Connect(harness, serverContext, clientContext, true);
        client.Connection!.Output.Append("x"u8);
        client.Connection.Send();
        harness.Until("echo", () => client.Received.Count == 1);
        return (server.Connection!.Tls!, client.Connection.Tls!);
    }

    private static void Seal(TlsSession session, byte type, params byte[] plain)
    {
        var length = plain.Length + TlsRecordKey.OverheadBytes;
        var record = session.Wire.GetSpace(length)[..length];
        plain.CopyTo(record[TlsRecordKey.HeaderBytes..]);
        Assert.True(session.Writer!.TrySeal(record, type));
        session.Wire.Commit(length);
    }

    private static string Read(LoopHarness harness, TlsSession from, TlsSession to, TlsReadResult expected)
    {
        while (!from.Wire.IsEmpty)
        {
            var first = from.Wire.First;
            to.Feed(first);
            to.PutAway();
            from.Wire.Consume(first.Length);
        }

        var read = new BufferChain(harness.Loop.Buffers);
        Assert.Equal(expected, to.ReadInto(read));
        var bytes = new byte[read.Length];
        read.CopyTo(bytes);
        read.Clear();
        return Encoding.ASCII.GetString(bytes);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Writer")]
    private static extern void SetWriter(TlsSession session, TlsRecordKey? key);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_reader")]
    private static extern ref TlsRecordKey? ReaderOf(TlsSession session);
}
