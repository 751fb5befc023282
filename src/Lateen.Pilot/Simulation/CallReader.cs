using System.Globalization;
using Lateen.Core.Yaml;

namespace Lateen.Pilot.Simulation;

/// <summary>Reads a described call; what is not written has the default of <see cref="Call"/>.</summary>
public static class CallReader
{
    /// <summary>Reads one.</summary>
    public static Call Read(YamlNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return new Call
        {
            Name = node["name"]?.Text ?? "",
            Proxy = node["proxy"]?.Text ?? "",
            Address = node["address"]?.Text ?? Call.DefaultAddress,
            Port = uint.TryParse(node["port"]?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? port : 0,
            Path = node["path"]?.Text ?? "/",
            Method = node["method"]?.Text ?? "GET",
            Scheme = node["scheme"]?.Text ?? "",
            Host = node["host"]?.Text ?? "",
            Headers = Headers(node["headers"]),
            Protocol = node["protocol"]?.Text switch
            {
                "http" => CallProtocol.Http,
                "http2" => CallProtocol.Http2,
                _ => CallProtocol.Tcp,
            },
            Tls = node["tls"]?.Text switch
            {
                "tls" => CallTls.Tls,
                "mtls" => CallTls.Mtls,
                _ => CallTls.Plaintext,
            },
            Sni = node["sni"]?.Text ?? "",
            Alpn = node["alpn"]?.Text ?? "",
            Mode = node["mode"]?.Text switch
            {
                "inbound" => CallMode.Inbound,
                "gateway" => CallMode.Gateway,
                _ => CallMode.Outbound,
            },
            MtlsSecretName = node["mtlsSecretName"]?.Text ?? "default",
        };
    }

    private static Dictionary<string, string> Headers(YamlNode? node)
    {
        return node is YamlMapping map ? map.Entries.ToDictionary(
            entry => entry.Key.Value.ToLowerInvariant(), entry => entry.Value.Text ?? "", StringComparer.Ordinal) : [];
    }
}
