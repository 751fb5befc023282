using System.Diagnostics;
using System.Text;

namespace Lateen.Net.Tests.Tls;

/// <summary>Whose order decides about the suites of TLS 1.3, and of TLS 1.2.</summary>
public sealed class TlsSuiteTests
{
    [OpenSslFact]
    public void Server_OrderOfClient_DecidesFromTls13On()
    {
        foreach (var (option, offered, taken) in ((string, string, string)[])
        [
            ("-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"),
            ("-ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"),
            ("-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"),
            ("-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"),
        ])
        {
            Assert.Equal(taken, SuiteTaken(option, offered));
        }
    }

    [Fact]
    public void Client_WithHardwareForAes_OffersTheShortKeyFirst()
    {
        using var harness = new LoopHarness();
        using var context = new TlsContext(new TlsContextOptions
        {
            IsServer = true,
            Certificates = [new FakeAuthority().Issue(null, "a.example")],
            Clock = TimeProvider.System,
        });
        using var clientContext = new TlsContext(new TlsContextOptions { Clock = TimeProvider.System });
        var server = new FakePeer { ServerTls = context };
        using var listener = new ListenSocket(
            harness.Loop, server, NetAddress.V4(0x7F000001, 0), SocketOptions.Default);
        listener.Start();
        var client = new FakePeer();
        client.Connection = Connection.Connect(
            harness.Loop, client, listener.LocalAddress, default, SocketOptions.Default);
        client.Connection.SetClientTls(clientContext.CreateSession(harness.Loop));

        harness.Until("handshake", () => server.Connected && client.Connected);

        var isAesFast = System.Runtime.Intrinsics.X86.Aes.IsSupported || System.Runtime.Intrinsics.Arm.Aes.IsSupported;
        Assert.Equal(
            isAesFast ? "TLS_AES_128_GCM_SHA256" : "TLS_CHACHA20_POLY1305_SHA256",
            Encoding.ASCII.GetString(server.Connection!.Tls!.CipherSuite));
    }

    /// <summary>What a server with both suites of TLS 1.2, the short key first, takes of an offer.</summary>
    private static string SuiteTaken(string option, string offered)
    {
        using var harness = new LoopHarness();
        using var context = new TlsContext(new TlsContextOptions
        {
            IsServer = true,
            CipherSuites = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384",
            Certificates = [new FakeAuthority().Issue(null, "a.example")],
            Clock = TimeProvider.System,
        });
        var server = new FakePeer { ServerTls = context };
        using var listener = new ListenSocket(
            harness.Loop, server, NetAddress.V4(0x7F000001, 0), SocketOptions.Default);
        listener.Start();
        using var client = Process.Start(new ProcessStartInfo("openssl")
        {
            ArgumentList =
            {
                "s_client", "-connect", listener.LocalAddress.ToString()!, option, offered,
                option == "-cipher" ? "-tls1_2" : "-tls1_3",
            },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        client.BeginOutputReadLine();
        client.BeginErrorReadLine();

        harness.Until("handshake", () => server.Connected);

        var taken = Encoding.ASCII.GetString(server.Connection!.Tls!.CipherSuite);
        client.Kill();
        client.WaitForExit();
        return taken;
    }
}
