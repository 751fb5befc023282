using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Lateen.Proxy.Config.Decode;

/// <summary>A map of SPIFFE trust bundles in JSON: authorities by trust domain.</summary>
internal static class SpiffeBundles
{
    public static ImmutableArray<(string TrustDomain, byte[] BundlePem)> Read(
        byte[] json, string path, DecodeContext context)
    {
        var result = ImmutableArray.CreateBuilder<(string, byte[])>();
        try
        {
            using var document = JsonDocument.Parse(json);
            foreach (var domain in document.RootElement.GetProperty("trust_domains").EnumerateObject())
            {
                var pem = new StringBuilder();
                foreach (var key in domain.Value.GetProperty("keys").EnumerateArray())
                {
                    if (key.GetProperty("use").GetString() == "x509-svid")
                    {
                        AppendChain(pem, key.GetProperty("x5c"));
                    }
                }
                result.Add((domain.Name, Encoding.ASCII.GetBytes(pem.ToString())));
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            context.Error(path, "TLS", $"Failed to load SPIFFE Bundle map: {e.Message}");
        }
        if (result.Count == 0)
        {
            context.Error(path, "TLS", "No trust domains found in SPIFFE bundle");
        }
        return result.ToImmutable();
    }

    private static void AppendChain(StringBuilder pem, JsonElement certificates)
    {
        foreach (var certificate in certificates.EnumerateArray())
        {
            pem.Append("-----BEGIN CERTIFICATE-----\n");
            var text = certificate.GetString() ?? "";
            for (var i = 0; i < text.Length; i += 64)
            {
                pem.Append(text.AsSpan(i, Math.Min(64, text.Length - i))).Append('\n');
            }
            pem.Append("-----END CERTIFICATE-----\n");
        }
    }
}
