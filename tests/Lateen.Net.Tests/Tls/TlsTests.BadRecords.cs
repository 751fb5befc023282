namespace Lateen.Net.Tests.Tls;

/// <content>Records of TLS 1.3 that no peer may send (RFC 8446 sections 4.6, 5 and 6).</content>
public sealed partial class TlsTests
{
    [Theory]
    [InlineData("mac", "DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "BAD_RECORD_MAC")]
    [InlineData("outer type", "BAD_RECORD_TYPE", "UNEXPECTED_MESSAGE")]
    [InlineData("too long", "ENCRYPTED_LENGTH_TOO_LONG", "RECORD_OVERFLOW")]
    [InlineData("too much data", "DATA_LENGTH_TOO_LONG", "RECORD_OVERFLOW")]
    [InlineData("too much padding", "DATA_LENGTH_TOO_LONG", "RECORD_OVERFLOW")]
    [InlineData("too short", "DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "BAD_RECORD_MAC")]
    [InlineData("only padding", "BAD_RECORD_TYPE", "UNEXPECTED_MESSAGE")]
    [InlineData("unknown type", "UNEXPECTED_MESSAGE", "UNEXPECTED_MESSAGE")]
    [InlineData("empty handshake record", "BAD_LENGTH", "UNEXPECTED_MESSAGE")]
    [InlineData("empty alert", "BAD_LENGTH", "UNEXPECTED_MESSAGE")]
    [InlineData("ticket to a server", "UNEXPECTED_MESSAGE", "UNEXPECTED_MESSAGE")]
    [InlineData("broken key update", "BAD_KEY_UPDATE", "ILLEGAL_PARAMETER")]
    [InlineData("long key update", "BAD_KEY_UPDATE", "DECODE_ERROR")]
    [InlineData("key update with more behind", "NOT_ON_RECORD_BOUNDARY", "UNEXPECTED_MESSAGE")]
    [InlineData("empty records", "UNEXPECTED_MESSAGE", "UNEXPECTED_MESSAGE")]
    [InlineData("key updates", "UNEXPECTED_MESSAGE", "UNEXPECTED_MESSAGE")]
    [InlineData("warnings", "UNEXPECTED_MESSAGE", "UNEXPECTED_MESSAGE")]
    public void Record_Bad_EndsTheSessionWithAnAlert(string what, string reason, string alert)
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Exchange(harness, serverContext, clientContext);
        Spoil(what, client);

        Assert.Equal("", Read(harness, client, server, TlsReadResult.Failed));

        Assert.Contains(reason + ":TLS_error_end", server.TakeFailure(), StringComparison.Ordinal);
        Read(harness, server, client, TlsReadResult.Failed);
        Assert.Contains($"ALERT_{alert}:", client.TakeFailure(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Data, "UNEXPECTED_MESSAGE")]
    [InlineData(Alert, "UNEXPECTED_MESSAGE")]
    public void Record_AmidAMessage_EndsTheSession(byte type, string reason)
    {
        using var harness = new LoopHarness();
        using var serverContext = Server(b => { });
        using var clientContext = Client(Authority.Issue(ClientId), 0x0304);
        var (server, client) = Exchange(harness, serverContext, clientContext);

        Seal(server, Handshake, [4, 0, 0, 6, 1, 2, 3]);
        Seal(server, type, 1, 0);

        Assert.Equal("", Read(harness, server, client, TlsReadResult.Failed));
        Assert.Contains(reason + ":TLS_error_end", client.TakeFailure(), StringComparison.Ordinal);
    }

    private static void Spoil(string what, TlsSession client)
    {
        switch (what)
        {
            case "mac":
                Seal(client, Data, 1);
                Flip(client, ^1);
                break;
            case "outer type":
                Seal(client, Data, 1);
                Flip(client, 0);
                break;
            case "too long":
                client.Wire.Append([Data, 3, 3, 0x41, 1]);
                break;
            case "too much data":
                Seal(client, Data, new byte[TlsRecordKey.PlainBytesMax + 1]);
                break;
            case "too much padding":
                Seal(client, 0, [(byte)'a', Data, .. new byte[TlsRecordKey.PlainBytesMax]]);
                break;
            case "too short":
                client.Wire.Append([Data, 3, 3, 0, 16, .. new byte[16]]);
                break;
            case "only padding":
                Seal(client, 0, 0, 0);
                break;
            case "unknown type":
                Seal(client, 99, 1);
                break;
            case "empty handshake record":
                Seal(client, Handshake);
                break;
            case "empty alert":
                Seal(client, Alert);
                break;
            case "ticket to a server":
                Seal(client, Handshake, 4, 0, 0, 0);
                break;
            case "broken key update":
                Seal(client, Handshake, 24, 0, 0, 1, 2);
                break;
            case "long key update":
                Seal(client, Handshake, 24, 0, 0, 2, 0, 0);
                break;
            case "warnings":
                Repeat(() => Seal(client, Alert, 1, 90));
                break;
            case "key update with more behind":
                Seal(client, Handshake, 24, 0, 0, 1, 0, 24);
                break;
            case "empty records":
                Repeat(() => Seal(client, Data));
                break;
            default:
                Repeat(() =>
                {
                    Seal(client, Handshake, 24, 0, 0, 1, 0);
                    Assert.True(client.Writer!.TryUpdate());
                });
                break;
        }
    }

    private static void Repeat(Action action)
    {
        for (var i = 0; i < 33; i++)
        {
            action();
        }
    }

    private static void Flip(TlsSession session, Index at)
    {
        var bytes = new byte[session.Wire.Length];
        session.Wire.CopyTo(bytes);
        session.Wire.Clear();
        bytes[at] ^= 1;
        session.Wire.Append(bytes);
    }
}
