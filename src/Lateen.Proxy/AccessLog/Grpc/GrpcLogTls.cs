using Lateen.Proxy.Exports;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.AccessLog.Grpc;

/// <summary>Writes <c>data.accesslog.v3.TLSProperties</c>.</summary>
internal static class GrpcLogTls
{
    /// <summary>Numbers of suites by OpenSSL's names (RFC 8446 §B.4, RFC 5289, RFC 7905, RFC 5246).</summary>
    private static readonly Dictionary<string, int> Suites = new()
    {
        ["TLS_AES_128_GCM_SHA256"] = 0x1301,
        ["TLS_AES_256_GCM_SHA384"] = 0x1302,
        ["TLS_CHACHA20_POLY1305_SHA256"] = 0x1303,
        ["ECDHE-ECDSA-AES128-GCM-SHA256"] = 0xC02B,
        ["ECDHE-ECDSA-AES256-GCM-SHA384"] = 0xC02C,
        ["ECDHE-RSA-AES128-GCM-SHA256"] = 0xC02F,
        ["ECDHE-RSA-AES256-GCM-SHA384"] = 0xC030,
        ["ECDHE-RSA-CHACHA20-POLY1305"] = 0xCCA8,
        ["ECDHE-ECDSA-CHACHA20-POLY1305"] = 0xCCA9,
        ["ECDHE-ECDSA-AES128-SHA"] = 0xC009,
        ["ECDHE-ECDSA-AES256-SHA"] = 0xC00A,
        ["ECDHE-RSA-AES128-SHA"] = 0xC013,
        ["ECDHE-RSA-AES256-SHA"] = 0xC014,
        ["AES128-GCM-SHA256"] = 0x009C,
        ["AES256-GCM-SHA384"] = 0x009D,
        ["AES128-SHA"] = 0x002F,
        ["AES256-SHA"] = 0x0035,
    };

    public static void Write(ByteBuffer output, TlsConnectionInfo tls, ReadOnlySpan<byte> sni)
    {
        var isOld = tls.Version.AsSpan().SequenceEqual("TLSv1.2"u8);
        output.WriteInt(1, tls.Version switch
        {
            _ when tls.Version.AsSpan().SequenceEqual("TLSv1.3"u8) => 4,
            _ when isOld => 3,
            _ when tls.Version.AsSpan().SequenceEqual("TLSv1.1"u8) => 2,
            _ => tls.Version.Length > 0 ? 1 : 0,
        });
        if (SuiteOf(tls.CipherSuite) is > 0 and var suite)
        {
            var mark = output.Open(2);
            output.WriteInt(1, suite);
            output.Close(mark);
        }

        output.WriteBytes(3, sni);
        WriteCertificate(output, 4, tls.LocalUriSans, tls.LocalSubject, []);
        WriteCertificate(output, 5, tls.PeerUriSans, tls.PeerSubject, tls.PeerIssuer);
        if (isOld)
        {
            output.WriteBytes(6, tls.SessionId);
        }
    }

    private static int SuiteOf(byte[] name)
    {
        Span<char> text = stackalloc char[64];
        if (name.Length > text.Length)
        {
            return 0;
        }

        for (var i = 0; i < name.Length; i++)
        {
            text[i] = (char)name[i];
        }

        var known = Suites.GetAlternateLookup<ReadOnlySpan<char>>();
        return known.TryGetValue(text[..name.Length], out var number) ? number : 0;
    }

    private static void WriteCertificate(
        ByteBuffer output, int field, byte[][] uris, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> issuer)
    {
        if (uris.Length == 0 && subject.IsEmpty && issuer.IsEmpty)
        {
            return;
        }

        var mark = output.Open(field);
        foreach (var uri in uris)
        {
            var san = output.Open(1);
            output.WriteBytes(1, uri);
            output.Close(san);
        }

        output.WriteBytes(2, subject);
        output.WriteBytes(3, issuer);
        output.Close(mark);
    }
}
