namespace Lateen.Pilot.Model;

/// <summary>Names of the kinds that Pilot reads.</summary>
public static class ObjectKind
{
    /// <summary>networking.istio.io.</summary>
    public const string VirtualService = "VirtualService";

    /// <summary>networking.istio.io.</summary>
    public const string DestinationRule = "DestinationRule";

    /// <summary>networking.istio.io.</summary>
    public const string Gateway = "Gateway";

    /// <summary>networking.istio.io.</summary>
    public const string ServiceEntry = "ServiceEntry";

    /// <summary>networking.istio.io.</summary>
    public const string WorkloadEntry = "WorkloadEntry";

    /// <summary>networking.istio.io.</summary>
    public const string Sidecar = "Sidecar";

    /// <summary>security.istio.io.</summary>
    public const string PeerAuthentication = "PeerAuthentication";

    /// <summary>security.istio.io.</summary>
    public const string AuthorizationPolicy = "AuthorizationPolicy";

    /// <summary>security.istio.io.</summary>
    public const string RequestAuthentication = "RequestAuthentication";

    /// <summary>telemetry.istio.io.</summary>
    public const string Telemetry = "Telemetry";

    /// <summary>Kubernetes, core.</summary>
    public const string Service = "Service";

    /// <summary>Kubernetes, core.</summary>
    public const string Endpoints = "Endpoints";

    /// <summary>Kubernetes, discovery.k8s.io.</summary>
    public const string EndpointSlice = "EndpointSlice";

    /// <summary>Kubernetes, core.</summary>
    public const string Pod = "Pod";

    /// <summary>Kubernetes, core.</summary>
    public const string Node = "Node";

    /// <summary>Kubernetes, core.</summary>
    public const string Namespace = "Namespace";

    /// <summary>Kubernetes, core.</summary>
    public const string Secret = "Secret";

    /// <summary>Kubernetes, core.</summary>
    public const string ConfigMap = "ConfigMap";
}
