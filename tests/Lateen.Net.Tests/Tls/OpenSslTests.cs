using System.Collections.Concurrent;
using System.Diagnostics;

namespace Lateen.Net.Tests.Tls;

/// <summary>Against the program <c>openssl</c>, whose keys of TLS 1.3 can be changed by hand.</summary>
public sealed class OpenSslTests
{
    [OpenSslFact]
    public void KeyUpdates_OfOpenSsl_AreFollowed()
    {
        using var harness = new LoopHarness();
        using var context = new TlsContext(new TlsContextOptions
        {
            IsServer = true,
            Certificates = [new FakeAuthority().Issue(null, "a.example")],
            Clock = TimeProvider.System,
        });
        var server = new FakePeer { Echo = true, ServerTls = context };
        using var listener = new ListenSocket(
            harness.Loop, server, NetAddress.V4(0x7F000001, 0), SocketOptions.Default);
        listener.Start();
        var lines = new ConcurrentQueue<string>();
        using var client = Start(listener.LocalAddress, lines);
        harness.Until("handshake", () => server.Connected);
        Assert.True(server.Connection!.Tls!.OwnsRecords);

        // K asks for a change of the other side's key too, k does not.
        foreach (var word in (string[])["first", "K", "second", "k", "third", "K", "fourth"])
        {
            client.StandardInput.Write(word + "\n");
            client.StandardInput.Flush();
            harness.Until(word, () => lines.Contains(word.Length == 1 ? "KEYUPDATE" : word));
            lines.Clear();
        }

        client.StandardInput.Write("Q\n");
        client.StandardInput.Flush();
        harness.Until("end", () => server.Closed is not null);
        Assert.Equal(CloseReason.Remote, server.Closed);
        client.WaitForExit();
    }

    /// <summary>What is protected here and what stays with libssl: other ciphers, and clients that have agreed on
    /// shorter records (RFC 6066 section 4), which are cut by libssl.</summary>
    [OpenSslTheory]
    [InlineData("-ciphersuites", "TLS_AES_128_GCM_SHA256", true)]
    [InlineData("-ciphersuites", "TLS_AES_256_GCM_SHA384", true)]
    [InlineData("-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256", false)]
    [InlineData("-maxfraglen", "512", false)]
    public void Records_OfOpenSsl_AreOwnedWhereTheyCanBe(string option, string value, bool owned)
    {
        using var harness = new LoopHarness();
        using var context = new TlsContext(new TlsContextOptions
        {
            IsServer = true,
            Certificates = [new FakeAuthority().Issue(null, "a.example")],
            Clock = TimeProvider.System,
        });
        var server = new FakePeer { Echo = true, ServerTls = context };
        using var listener = new ListenSocket(
            harness.Loop, server, NetAddress.V4(0x7F000001, 0), SocketOptions.Default);
        listener.Start();
        var lines = new ConcurrentQueue<string>();
        using var client = Start(listener.LocalAddress, lines, option, value);
        harness.Until("handshake", () => server.Connected);
        Assert.Equal(owned, server.Connection!.Tls!.OwnsRecords);

        var word = new string('x', 1000);
        client.StandardInput.Write(word + "\n");
        client.StandardInput.Flush();
        harness.Until("echo", () => lines.Contains(word));
        client.StandardInput.Write("Q\n");
        client.StandardInput.Flush();
        harness.Until("end", () => server.Closed is not null);
        client.WaitForExit();
    }

    private static Process Start(NetAddress address, ConcurrentQueue<string> lines, params string[] options)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("openssl")
            {
                ArgumentList = { "s_client", "-connect", address.ToString()!, "-tls1_3" },
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        foreach (var option in options)
        {
            process.StartInfo.ArgumentList.Add(option);
        }

        process.OutputDataReceived += (_, line) => lines.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => lines.Enqueue(line.Data ?? "");
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
