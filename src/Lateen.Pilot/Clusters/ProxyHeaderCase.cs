using System.Text.Json;
using Istio.Mesh.V1Alpha1;

namespace Lateen.Pilot.Clusters;

/// <summary>Whether a proxy keeps the case of HTTP/1 header names (proxyHeaders.preserveHttp1HeaderCase).</summary>
internal static class ProxyHeaderCase
{
    /// <summary>The proxy's own configuration where it says anything, else the mesh's.</summary>
    public static bool IsPreserved(MeshConfig mesh, string proxyConfigJson)
    {
        if (proxyConfigJson.Contains("preserveHttp1HeaderCase", StringComparison.Ordinal))
        {
            using var document = JsonDocument.Parse(proxyConfigJson);
            if (document.RootElement.TryGetProperty("proxyHeaders", out var headers)
                && headers.TryGetProperty("preserveHttp1HeaderCase", out var value))
            {
                return value.ValueKind == JsonValueKind.True;
            }
        }
        return mesh.DefaultConfig?.ProxyHeaders?.PreserveHttp1HeaderCase == true;
    }
}
