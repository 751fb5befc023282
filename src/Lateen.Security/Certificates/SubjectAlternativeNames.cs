using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Lateen.Security.Certificates;

/// <summary>Reads and builds the subjectAltName extension (RFC 5280 section 4.2.1.6).</summary>
public static class SubjectAlternativeNames
{
    /// <summary>Object identifier of the extension.</summary>
    public const string Oid = "2.5.29.17";

    /// <summary>All names of the kinds that we know, in their order; empty when there is no such extension.</summary>
    /// <exception cref="PkiException">The extension does not parse.</exception>
    public static List<SubjectAlternativeName> Read(X509Certificate2 certificate) => Read(certificate.Extensions);

    /// <summary>The URI names, in their order.</summary>
    public static List<string> ReadUris(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        foreach (var name in Read(certificate))
        {
            if (name.Kind == SubjectAlternativeNameKind.Uri)
            {
                uris.Add(name.Value);
            }
        }
        return uris;
    }

    /// <summary>What a comma-separated list of hosts means: a SPIFFE URI, an address, else a DNS name.</summary>
    public static List<SubjectAlternativeName> FromHosts(string hosts)
    {
        var names = new List<SubjectAlternativeName>();
        foreach (var host in hosts.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            names.Add(FromHost(host.Trim()));
        }
        return names;
    }

    /// <summary>The extension; it is critical in a certificate without a subject (RFC 5280 section 4.2.1.6).</summary>
    public static X509Extension Build(IEnumerable<SubjectAlternativeName> names, bool critical)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var name in names)
            {
                var tag = new Asn1Tag(TagClass.ContextSpecific, (int)name.Kind);
                if (name.Kind == SubjectAlternativeNameKind.Ip)
                {
                    writer.WriteOctetString(IPAddress.Parse(name.Value).GetAddressBytes(), tag);
                }
                else
                {
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, name.Value, tag);
                }
            }
        }
        return new X509Extension(Oid, writer.Encode(), critical);
    }

    internal static List<SubjectAlternativeName> Read(IEnumerable<X509Extension> extensions)
    {
        foreach (var extension in extensions)
        {
            if (extension.Oid?.Value == Oid)
            {
                return Decode(extension.RawData);
            }
        }
        return [];
    }

    private static SubjectAlternativeName FromHost(string host)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return new SubjectAlternativeName(SubjectAlternativeNameKind.Ip, address.ToString());
        }
        var kind = host.StartsWith("spiffe://", StringComparison.Ordinal)
            ? SubjectAlternativeNameKind.Uri
            : SubjectAlternativeNameKind.Dns;
        return new SubjectAlternativeName(kind, host);
    }

    private static List<SubjectAlternativeName> Decode(byte[] bytes)
    {
        var names = new List<SubjectAlternativeName>();
        try
        {
            var sequence = new AsnReader(bytes, AsnEncodingRules.DER).ReadSequence();
            while (sequence.HasData)
            {
                var tag = sequence.PeekTag();
                if (tag.TagClass != TagClass.ContextSpecific || tag.TagValue is not (1 or 2 or 6 or 7))
                {
                    sequence.ReadEncodedValue();
                    continue;
                }
                names.Add(DecodeName(sequence, tag));
            }
        }
        catch (AsnContentException e)
        {
            throw new PkiException($"the subjectAltName extension does not parse: {e.Message}", e);
        }
        return names;
    }

    private static SubjectAlternativeName DecodeName(AsnReader sequence, Asn1Tag tag)
    {
        var kind = (SubjectAlternativeNameKind)tag.TagValue;
        if (kind != SubjectAlternativeNameKind.Ip)
        {
            return new SubjectAlternativeName(kind, sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag));
        }
        var octets = sequence.ReadOctetString(tag);
        var text = octets.Length is 4 or 16 ? new IPAddress(octets).ToString() : Encoding.Latin1.GetString(octets);
        return new SubjectAlternativeName(kind, text);
    }
}
