using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net.Tests.Tls;

public sealed partial class TlsTests
{
    private const string ClientId = "spiffe://cluster.local/ns/default/sa/client";
    private static readonly NetAddress Loopback = NetAddress.V4(0x7F000001, 0);
    private static readonly FakeAuthority Authority = new();

    [Theory]
    [InlineData(0x0303, 10)]
    [InlineData(0x0304, 10)]
    [InlineData(0x0303, 1_300_000)]
    [InlineData(0x0304, 1_300_000)]
    public void MutualTls_AnySize_BringsAllBytesBack(int version, int size)
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), version);
        var data = new byte[size];
        new Random(size).NextBytes(data);

        var (server, client) = Connect(harness, serverContext, clientContext, true);
        client.Connection!.Output.Append(data);
        client.Connection.Send();
        harness.Until("echo", () => client.Received.Count >= size);

        Assert.True(client.Received.ToArray().AsSpan().SequenceEqual(data));
        var tls = server.Connection!.Tls!;
        Assert.True(tls.IsPeerValidated);
        Assert.Equal(ClientId, Encoding.ASCII.GetString(tls.PeerCertificate!.NamesOf(TlsNameKind.Uri)[0]));
        Assert.Equal("istio", Encoding.ASCII.GetString(tls.Alpn));
        Assert.Equal("a.example", Encoding.ASCII.GetString(tls.ServerName));
        Assert.Equal("CN=leaf", Encoding.ASCII.GetString(tls.PeerCertificate.Subject));

        client.Connection.EndWrite();
        harness.Until("end", () => client.Closed is not null && server.Closed is not null);
        Assert.Equal(0, harness.Loop.Buffers.RentedCount);
    }

    /// <summary>Established sessions of a loop share their buffers: one that is paused with bytes that it has not read,
    /// and one that ends in the middle, must not be seen by the others.</summary>
    [Theory]
    [InlineData(0x0303)]
    [InlineData(0x0304)]
    public void Sessions_OfOneLoop_DoNotSeeEachOther(int version)
    {
        const int Size = 400_000;
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), version);
        var pairs = Enumerable.Range(0, 4).Select(_ => Connect(harness, serverContext, clientContext, false)).ToArray();
        for (var i = 0; i < pairs.Length; i++)
        {
            pairs[i].Client.Connection!.Output.Append(Enumerable.Repeat((byte)i, Size).ToArray());
            pairs[i].Client.Connection!.Send();
        }

        harness.Until("first bytes", () => pairs.All(static pair => pair.Server.Received.Count > 0));
        var paused = pairs[0].Server.Connection!;
        paused.ReadDisable(true);
        paused.Tls!.Feed([]);
        paused.Tls.PutAway();
        pairs[1].Server.Connection!.Close(CloseType.NoFlush);
        harness.Until("the others", () => pairs[2..].All(static pair => pair.Server.Received.Count == Size));
        paused.ReadDisable(false);
        harness.Until("the paused one", () => pairs[0].Server.Received.Count == Size);

        foreach (var i in (int[])[0, 2, 3])
        {
            Assert.All(pairs[i].Server.Received, b => Assert.Equal(i, b));
        }

        Assert.Equal(CloseReason.Local, pairs[1].Server.Closed);
    }

    /// <summary>What libssl has not read when a call ends waits with the session, and comes first later.</summary>
    [Fact]
    public void Session_FedWithoutReading_KeepsTheBytesForItself()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Connect(harness, serverContext, clientContext, false);
        client.Connection!.Output.Append("first"u8);
        client.Connection.Send();
        harness.Until("first", () => server.Received.Count == 5);
        var reader = server.Connection!.Tls!;
        var writer = client.Connection.Tls!;

        foreach (var text in (string[])["second", "third"])
        {
            client.Connection.Output.Append(Encoding.ASCII.GetBytes(text));
            Assert.True(writer.WriteFrom(client.Connection.Output));
            while (!writer.Wire.IsEmpty)
            {
                var piece = writer.Wire.First[..1];
                reader.Feed(piece);
                reader.PutAway();
                writer.Wire.Consume(1);
            }
        }

        reader.ReadInto(server.Connection.Input);
        var read = new byte[server.Connection.Input.Length];
        server.Connection.Input.CopyTo(read);
        Assert.Equal("secondthird", Encoding.ASCII.GetString(read));
        client.Connection.Close(CloseType.NoFlush);
        server.Connection.Close(CloseType.NoFlush);
        harness.Loop.RunOnce(1);
        Assert.Equal(0, harness.Loop.Buffers.RentedCount);
        Assert.Equal(0, harness.Loop.Buffers.RentedChainCount);
    }

    [Fact]
    public void Handshake_UntrustedClient_IsRefusedWithReason()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(new FakeAuthority("other").Issue(ClientId), 0x0304);

        var (server, client) = Start(harness, serverContext, clientContext);
        harness.Until("refusal", () => server.Closed is not null && client.Closed is not null);

        Assert.Equal(CloseReason.TlsFailed, server.Closed);
        Assert.Equal(TlsFailureKind.Chain, server.Connection!.Tls!.FailureKind);
        Assert.Contains("verify cert failed", server.Connection.TransportFailure, StringComparison.Ordinal);
    }

    [Fact]
    public void Handshake_ExpiredClient_IsRefused()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId, null, true), 0x0304);

        var (server, _) = Start(harness, serverContext, clientContext);
        harness.Until("refusal", () => server.Closed is not null);

        Assert.Contains("expired", server.Connection!.TransportFailure, StringComparison.Ordinal);
    }

    [Fact]
    public void Handshake_NoClientCertificate_IsRefused()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(null, 0x0304);

        var (server, _) = Start(harness, serverContext, clientContext);
        harness.Until("refusal", () => server.Closed is not null);

        Assert.Equal(TlsFailureKind.NoCertificate, server.Connection!.Tls!.FailureKind);
    }

    [Fact]
    public void Handshake_VerifierRefuses_IsRefusedByName()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => b.Verifier = new OnlyUri("spiffe://cluster.local/ns/default/sa/other"));
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);

        var (server, client) = Start(harness, serverContext, clientContext);
        harness.Until("refusal", () => server.Closed is not null && client.Closed is not null);

        Assert.Equal(TlsFailureKind.SubjectAltName, server.Connection!.Tls!.FailureKind);
    }

    [Fact]
    public void Handshake_TrustBundles_ChoosesByTrustDomain()
    {
        var other = new FakeAuthority("td2");
        using var harness = new LoopHarness();
        using var serverContext = Server(b =>
        {
            b.Bundles = [new("cluster.local", Authority.CaPem), new("td2", other.CaPem)];
        });
        using var good = Client(other.Issue("spiffe://td2/ns/a/sa/b"), 0x0304);
        using var swapped = Client(Authority.Issue("spiffe://td2/ns/a/sa/b"), 0x0304);

        var (server, client) = Start(harness, serverContext, good);
        harness.Until("accept", () => server.Connected && client.Connected);
        var (second, _) = Start(harness, serverContext, swapped);
        harness.Until("refusal", () => second.Closed is not null);
        Assert.Equal(TlsFailureKind.Chain, second.Connection!.Tls!.FailureKind);
    }

    [Fact]
    public void Handshake_LaterConnections_AreResumed()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => b.TicketKeys = [new byte[80]]);
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(i > 0, IsResumed(harness, serverContext, clientContext));
        }
    }

    [Fact]
    public void Handshake_CertificatesSeenBefore_HaveTheirKeysKept()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        Connect(harness, serverContext, clientContext, false);
        var kept = CurveKeys.Current!.Count;

        Connect(harness, serverContext, clientContext, false);
        Assert.Equal(kept, CurveKeys.Current.Count);

        for (var i = 0; i < 130; i++)
        {
            using var next = Client(Authority.Issue($"{ClientId}{i}"), 0x0304);
            var (server, client) = Connect(harness, serverContext, next, false);
            Assert.Equal([$"{ClientId}{i}"],
                server.Connection!.Tls!.PeerCertificate!.NamesOf(TlsNameKind.Uri).Select(Encoding.ASCII.GetString));
            Assert.InRange(CurveKeys.Current.Count, 1, 128);
            client.Connection!.Close(CloseType.FlushWrite);
        }
    }

    [Fact]
    public void Handshake_SessionOfAnotherContext_IsNotResumed()
    {
        using var harness = new LoopHarness();
        using var lax = Server(b => (b.TicketKeys, b.SessionContext) = ([new byte[80]], [1]));
        using var strict = Server(b => (b.TicketKeys, b.SessionContext) = ([new byte[80]], [2]));
        using var same = Server(b => (b.TicketKeys, b.SessionContext) = ([new byte[80]], [2]));
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);

        Assert.False(IsResumed(harness, lax, clientContext));
        Assert.False(IsResumed(harness, strict, clientContext));
        Assert.True(IsResumed(harness, same, clientContext));
    }

    [Fact]
    public void Alpn_NothingInCommon_ContinuesWithout()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => b.Alpn = ["h2"u8.ToArray()]);
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);

        var (server, client) = Start(harness, serverContext, clientContext);
        harness.Until("connect", () => server.Connected && client.Connected);

        Assert.True(client.Connection!.Tls!.Alpn.IsEmpty);
    }

    [Fact]
    public void ServerCertificate_SeveralOnes_IsChosenByName()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => b.Certificates =
        [
            Authority.Issue(null, "first.example"), Authority.Issue(null, "*.example"),
                Authority.Issue(null, "b.example"),
        ]);
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        foreach (var (sni, expected) in ((string, string)[])
            [("a.example", "*.example"), ("b.example", "b.example"), ("x.y.example", "first.example")])
        {
            var (_, client) = Start(harness, serverContext, clientContext, sni);
            harness.Until("connect", () => client.Connected);
            var name = client.Connection!.Tls!.PeerCertificate!.NamesOf(TlsNameKind.Dns)[0];
            Assert.Equal(expected, Encoding.ASCII.GetString(name));
        }
    }

    [Fact]
    public void Handshake_PlainTextOnTlsPort_Fails()
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        var server = new FakePeer { ServerTls = serverContext };
        using var listener = new ListenSocket(harness.Loop, server, Loopback, SocketOptions.Default);
        listener.Start();
        var client = new FakePeer();
        var connection =
            Connection.Connect(harness.Loop, client, listener.LocalAddress, default, SocketOptions.Default);
        harness.Until("connect", () => client.Connected);
        connection.Output.Append("GET / HTTP/1.1\r\n\r\n"u8);
        connection.Send();

        harness.Until("failure", () => server.Closed is not null);

        Assert.Contains("HTTP_REQUEST", server.Connection!.TransportFailure, StringComparison.Ordinal);
    }

    [Fact]
    public void Context_KeyOfAnotherCertificate_Throws()
    {
        var a = Authority.Issue(ClientId);
        var b = Authority.Issue(ClientId);
        var mixed = new TlsKeyPair(a.CertificateChainPem, b.PrivateKeyPem);
        Assert.Throws<TlsConfigurationException>(() => Server(x => x.Certificates = [mixed]));
    }

    private static (FakePeer Server, FakePeer Client) Connect(
        LoopHarness harness, TlsContext serverContext, TlsContext clientContext, bool echo)
    {
        var (server, client) = Start(harness, serverContext, clientContext, "a.example", echo);
        harness.Until("handshake", () => server.Connected && client.Connected);
        return (server, client);
    }

    private static (FakePeer Server, FakePeer Client) Start(
        LoopHarness harness, TlsContext serverContext, TlsContext clientContext, string sni = "a.example",
            bool echo = false)
    {
        var server = new FakePeer { Echo = echo, ServerTls = serverContext };
        var listener = new ListenSocket(harness.Loop, server, Loopback, SocketOptions.Default);
        listener.Start();
        var client = new FakePeer();
        client.Connection = Connection.Connect(
            harness.Loop, client, listener.LocalAddress, default, SocketOptions.Default);
        client.Connection.SetClientTls(clientContext.CreateSession(harness.Loop, Encoding.ASCII.GetBytes(sni)));
        harness.Until("accept", () => server.Connection is not null);
        listener.Dispose();
        return (server, client);
    }

    /// <summary>One connection whose client is told a session to resume next time.</summary>
    private static bool IsResumed(LoopHarness harness, TlsContext serverContext, TlsContext clientContext)
    {
        var (server, client) = Connect(harness, serverContext, clientContext, true);
        client.Connection!.Output.Append("x"u8);
        client.Connection.Send();
        harness.Until("echo", () => client.Received.Count == 1);
        var resumed = client.Connection.Tls!.IsResumed;
        Assert.True(server.Connection!.Tls!.IsPeerValidated);
        Assert.Equal([ClientId],
            server.Connection.Tls.PeerCertificate!.NamesOf(TlsNameKind.Uri).Select(Encoding.ASCII.GetString));
        client.Connection.Close(CloseType.FlushWrite);
        harness.Until("close", () => server.Closed is not null);
        return resumed;
    }

    private static TlsContext Server(Action<Builder> change)
    {
        var builder = new Builder();
        change(builder);
        return new TlsContext(new TlsContextOptions
        {
            IsServer = true,
            Certificates = builder.Certificates,
            TrustedCaPem = builder.Bundles.Length == 0 ? Authority.CaPem : null,
            TrustBundles = builder.Bundles,
            RequestCertificate = true,
            RequireCertificate = true,
            AlpnProtocols = builder.Alpn,
            Verifier = builder.Verifier,
            TicketKeys = builder.TicketKeys,
            SessionContext = builder.SessionContext,
            Clock = TimeProvider.System,
        });
    }

    private static TlsContext Client(TlsKeyPair? pair, int version) => new(new TlsContextOptions
    {
        Certificates = pair is null ? [] : [pair],
        TrustedCaPem = Authority.CaPem,
        MaximumVersion = version,
        AlpnProtocols = ["istio"u8.ToArray()],
        Clock = TimeProvider.System,
    });

    private sealed class Builder
    {
        public TlsKeyPair[] Certificates { get; set; } =
            [Authority.Issue("spiffe://cluster.local/ns/default/sa/server")];

        public KeyValuePair<string, byte[]>[] Bundles { get; set; } = [];

        public byte[][] Alpn { get; set; } = ["h2"u8.ToArray(), "istio"u8.ToArray()];

        public ITlsPeerVerifier? Verifier { get; set; }

        public byte[][] TicketKeys { get; set; } = [];

        public byte[] SessionContext { get; set; } = [];
    }

    private sealed class OnlyUri(string uri) : ITlsPeerVerifier
    {
        public TlsFailureKind Verify(TlsCertificateInfo certificate, out string? reason)
        {
            reason = "verify cert failed: SAN matcher";
            return Encoding.ASCII.GetString(certificate.NamesOf(TlsNameKind.Uri)[0]) == uri
                ? TlsFailureKind.None
                : TlsFailureKind.SubjectAltName;
        }
    }
}
