using Lateen.Http;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>x-forwarded-client-cert: removed, passed on, appended to or set, as configured. The element's parts come in
/// a fixed order: By, Hash, Cert, Chain, Subject, URI, DNS.</summary>
internal static class ClientCertificateHeader
{
    internal static void Apply(HttpStream stream)
    {
        var config = stream.Config;
        var request = stream.Request;
        if (config.Forwarding.ForwardClientCert == ForwardClientCertDetails.AlwaysForwardOnly)
        {
            return;
        }

        var tls = stream.Info.Connection.Tls;
        if (config.Forwarding.ForwardClientCert == ForwardClientCertDetails.Sanitize || tls
            is not { PeerCertificatePresented: true })
        {
            request.Remove(HeaderId.XForwardedClientCert);
            return;
        }

        if (config.Forwarding.ForwardClientCert == ForwardClientCertDetails.ForwardOnly)
        {
            return;
        }

        var element = Scratch.Formatted;
        WriteElement(element, tls, config);
        if (config.Forwarding.ForwardClientCert == ForwardClientCertDetails.AppendForward)
        {
            request.Append(HeaderId.XForwardedClientCert, element.Written, ","u8);
        }
        else
        {
            request.Set(HeaderId.XForwardedClientCert, element.Written);
        }
    }

    private static void WriteElement(ByteBuffer output, TlsConnectionInfo tls, HttpConnectionManagerConfig config)
    {
        foreach (var uri in tls.LocalUriSans)
        {
            Write(output, "By="u8, uri, false);
        }

        Write(output, "Hash="u8, tls.PeerFingerprint256, false);
        var details = config.Forwarding.ClientCertDetails;
        if (details.Cert)
        {
            Write(output, "Cert="u8, tls.PeerCertificatePem, true);
        }

        if (details.Chain)
        {
            Write(output, "Chain="u8, tls.PeerCertificatePem, true);
        }

        if (details.Subject)
        {
            Write(output, "Subject="u8, tls.PeerSubject, true);
        }

        if (details.Uri)
        {
            if (tls.PeerUriSans.Length == 0)
            {
                Write(output, "URI="u8, [], false);
            }

            foreach (var uri in tls.PeerUriSans)
            {
                Write(output, "URI="u8, uri, false);
            }
        }

        if (details.Dns)
        {
            foreach (var dns in tls.PeerDnsSans)
            {
                Write(output, "DNS="u8, dns, false);
            }
        }
    }

    private static void Write(ByteBuffer output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool quoted)
    {
        if (output.Length > 0)
        {
            output.Write((byte)';');
        }

        output.Write(name);
        if (quoted)
        {
            output.Write((byte)'"');
        }

        output.Write(value);
        if (quoted)
        {
            output.Write((byte)'"');
        }
    }
}
