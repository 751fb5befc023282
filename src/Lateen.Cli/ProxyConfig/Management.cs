using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>Which configuration object a resource comes from, by the metadata that Pilot leaves in it.</summary>
internal static class Management
{
    private const string Prefix = "/apis/networking.istio.io/";
    private const int PathPartCount = 8;

    /// <summary><c>name.namespace</c>, or nothing.</summary>
    internal static string Describe(JsonNode resource)
    {
        var path = resource.Field("metadata").Field("filter_metadata").Field("istio").Field("config");
        if (path is null)
        {
            return "";
        }

        if (!path.ToString().StartsWith(Prefix, StringComparison.Ordinal))
        {
            return "<unknown>";
        }

        // /apis/GROUP/VERSION/namespaces/NAMESPACE/KIND/NAME
        var parts = path.ToString().Split('/');
        return parts.Length == PathPartCount ? $"{parts[7]}.{parts[5]}" : "";
    }
}
