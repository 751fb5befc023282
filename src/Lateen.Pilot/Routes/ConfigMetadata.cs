using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Pilot.Routes;

/// <summary>Says in generated configuration which object it comes from, for explanations.</summary>
internal static class ConfigMetadata
{
    private const string Filter = "istio";

    /// <summary>Metadata that names a VirtualService.</summary>
    internal static Metadata OfVirtualService(VirtualServiceConfig config)
    {
        return Of("virtual-service", config.Namespace, config.Name);
    }

    /// <summary>Metadata that names a Sidecar.</summary>
    internal static Metadata OfSidecar(string ns, string name)
    {
        return Of("sidecar", ns, name);
    }

    private static Metadata Of(string kind, string ns, string name)
    {
        var path = $"/apis/networking.istio.io/v1/namespaces/{ns}/{kind}/{name}";
        return new Metadata
        {
            FilterMetadata = { [Filter] = new Struct { Fields = { ["config"] = Value.ForString(path) } } },
        };
    }
}
