using System.Security.Cryptography;

namespace Lateen.Security.Certificates;

/// <summary>Reads and writes PEM (RFC 7468).</summary>
public static class PemText
{
    /// <summary>Label of a certificate.</summary>
    public const string CertificateLabel = "CERTIFICATE";

    /// <summary>Label of a certificate request.</summary>
    public const string RequestLabel = "CERTIFICATE REQUEST";

    /// <summary>More blocks than this in one text are refused.</summary>
    public const int BlockCountMax = 1024;

    /// <summary>All blocks in their order; text between them is passed over. Empty when there is none.</summary>
    /// <exception cref="PkiException">There are more than <see cref="BlockCountMax"/> blocks.</exception>
    public static List<PemBlock> Read(string text)
    {
        var blocks = new List<PemBlock>();
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (blocks.Count == BlockCountMax)
            {
                throw new PkiException($"a PEM text holds more than {BlockCountMax} blocks");
            }
            var bytes = Convert.FromBase64String(rest[fields.Base64Data].ToString());
            blocks.Add(new PemBlock(rest[fields.Label].ToString(), bytes));
            rest = rest[fields.Location.End..];
        }
        return blocks;
    }

    /// <summary>One block, ending in a line feed.</summary>
    public static string Write(string label, ReadOnlySpan<byte> bytes) => PemEncoding.WriteString(label, bytes) + "\n";

    /// <summary>The text with exactly one line feed at its end.</summary>
    public static string EndLine(string pem) => pem.TrimEnd('\r', '\n', ' ') + "\n";
}
