using System.Collections.Frozen;
using System.Collections.Immutable;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Istio.Extensions.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Istio.Security.V1Beta1;
using Istio.Telemetry.V1Alpha1;
using K8s = Lateen.Kubernetes.Objects;
using ProxyConfigSpec = Istio.Networking.V1Beta1.ProxyConfig;

namespace Lateen.Galley;

/// <summary>All kinds that the mesh knows.</summary>
public static class ConfigKinds
{
    private const string Networking = "networking.istio.io";
    private const string Security = "security.istio.io";
    private const string GatewayApi = "gateway.networking.k8s.io";

    private static readonly ImmutableArray<string> _networkingVersions = ["v1", "v1beta1", "v1alpha3"];
    private static readonly ImmutableArray<string> _securityVersions = ["v1", "v1beta1"];

    public static ConfigKind Gateway { get; } = Network("Gateway", "gateways", () => new Gateway());
    public static ConfigKind VirtualService { get; } =
        Network("VirtualService", "virtualservices", () => new VirtualService());
    public static ConfigKind DestinationRule { get; } =
        Network("DestinationRule", "destinationrules", () => new DestinationRule());
    public static ConfigKind ServiceEntry { get; } =
        Network("ServiceEntry", "serviceentries", () => new ServiceEntry());
    public static ConfigKind WorkloadEntry { get; } =
        Network("WorkloadEntry", "workloadentries", () => new WorkloadEntry());
    public static ConfigKind WorkloadGroup { get; } =
        Network("WorkloadGroup", "workloadgroups", () => new WorkloadGroup());
    public static ConfigKind Sidecar { get; } = Network("Sidecar", "sidecars", () => new Sidecar());
    public static ConfigKind EnvoyFilter { get; } =
        Istio(Networking, "EnvoyFilter", "envoyfilters", ["v1alpha3"], () => new EnvoyFilter());
    public static ConfigKind ProxyConfig { get; } =
        Istio(Networking, "ProxyConfig", "proxyconfigs", ["v1beta1"], () => new ProxyConfigSpec());

    public static ConfigKind AuthorizationPolicy { get; } = Istio(Security, "AuthorizationPolicy",
        "authorizationpolicies", _securityVersions, () => new AuthorizationPolicy());
    public static ConfigKind PeerAuthentication { get; } = Istio(Security, "PeerAuthentication",
        "peerauthentications", _securityVersions, () => new PeerAuthentication());
    public static ConfigKind RequestAuthentication { get; } = Istio(Security, "RequestAuthentication",
        "requestauthentications", _securityVersions, () => new RequestAuthentication());

    public static ConfigKind Telemetry { get; } =
        Istio("telemetry.istio.io", "Telemetry", "telemetries", ["v1", "v1alpha1"], () => new Telemetry());
    public static ConfigKind WasmPlugin { get; } =
        Istio("extensions.istio.io", "WasmPlugin", "wasmplugins", ["v1alpha1"], () => new WasmPlugin());
    public static ConfigKind TrafficExtension { get; } = Istio("extensions.istio.io", "TrafficExtension",
        "trafficextensions", ["v1alpha1"], () => new TrafficExtension());

    public static ConfigKind Service { get; } = Kube("", "Service", "services", () => new K8s.Service());
    public static ConfigKind Endpoints { get; } = Kube("", "Endpoints", "endpoints", () => new K8s.Endpoints());
    public static ConfigKind EndpointSlice { get; } = new("discovery.k8s.io", "EndpointSlice", "endpointslices",
        ["v1", "v1beta1"], true, SpecForm.WholeObject, () => new K8s.EndpointSlice());
    public static ConfigKind Pod { get; } = Kube("", "Pod", "pods", () => new K8s.Pod());
    public static ConfigKind Namespace { get; } =
        new("", "Namespace", "namespaces", ["v1"], false, SpecForm.WholeObject, () => new K8s.Namespace());
    public static ConfigKind Node { get; } =
        new("", "Node", "nodes", ["v1"], false, SpecForm.WholeObject, () => new K8s.Node());
    public static ConfigKind ServiceAccount { get; } =
        Kube("", "ServiceAccount", "serviceaccounts", () => new K8s.ServiceAccount());
    public static ConfigKind ConfigMap { get; } = Kube("", "ConfigMap", "configmaps", () => new K8s.ConfigMap());
    public static ConfigKind Secret { get; } = Kube("", "Secret", "secrets", () => new K8s.Secret());
    public static ConfigKind Deployment { get; } = Kube("apps", "Deployment", "deployments", NewWorkload);
    public static ConfigKind ReplicaSet { get; } = Kube("apps", "ReplicaSet", "replicasets", NewWorkload);
    public static ConfigKind StatefulSet { get; } = Kube("apps", "StatefulSet", "statefulsets", NewWorkload);
    public static ConfigKind DaemonSet { get; } = Kube("apps", "DaemonSet", "daemonsets", NewWorkload);
    public static ConfigKind Job { get; } = Kube("batch", "Job", "jobs", NewWorkload);

    /// <summary>
    /// Every kind, in a fixed order: Istio's, then those of Kubernetes, then those known by name only.
    /// </summary>
    public static ImmutableArray<ConfigKind> All { get; } =
    [
        Gateway, VirtualService, DestinationRule, ServiceEntry, WorkloadEntry, WorkloadGroup, Sidecar, EnvoyFilter,
        ProxyConfig, AuthorizationPolicy, PeerAuthentication, RequestAuthentication, Telemetry, WasmPlugin,
        TrafficExtension,
        Service, Endpoints, EndpointSlice, Pod, Namespace, Node, ServiceAccount, ConfigMap, Secret, Deployment,
        ReplicaSet, StatefulSet, DaemonSet, Job,
        Free(GatewayApi, "GatewayClass", "gatewayclasses", ["v1", "v1beta1"], namespaced: false),
        Free(GatewayApi, "Gateway", "gateways", ["v1", "v1beta1"]),
        Free(GatewayApi, "HTTPRoute", "httproutes", ["v1", "v1beta1"]),
        Free(GatewayApi, "GRPCRoute", "grpcroutes", ["v1"]),
        Free(GatewayApi, "TCPRoute", "tcproutes", ["v1", "v1alpha2"]),
        Free(GatewayApi, "TLSRoute", "tlsroutes", ["v1", "v1alpha3", "v1alpha2"]),
        Free(GatewayApi, "UDPRoute", "udproutes", ["v1alpha2"]),
        Free(GatewayApi, "ListenerSet", "listenersets", ["v1"]),
        Free(GatewayApi, "ReferenceGrant", "referencegrants", ["v1beta1", "v1"]),
        Free(GatewayApi, "BackendTLSPolicy", "backendtlspolicies", ["v1"]),
        Free("networking.k8s.io", "Ingress", "ingresses", ["v1"]),
        Free("networking.k8s.io", "IngressClass", "ingressclasses", ["v1"], namespaced: false),
    ];

    private static readonly FrozenDictionary<(string Group, string Kind), ConfigKind> _byName =
        All.ToFrozenDictionary(k => (k.Group, k.Kind));

    /// <summary>The kind of that name in that group; null when there is none.</summary>
    public static ConfigKind? Find(string group, string kind) => _byName.GetValueOrDefault((group, kind));

    private static K8s.Workload NewWorkload() => new();

    private static ConfigKind Network(string kind, string plural, Func<IMessage> newSpec) =>
        Istio(Networking, kind, plural, _networkingVersions, newSpec);

    private static ConfigKind Istio(
        string group, string kind, string plural, ImmutableArray<string> versions, Func<IMessage> newSpec) =>
        new(group, kind, plural, versions, true, SpecForm.Spec, newSpec);

    private static ConfigKind Kube(string group, string kind, string plural, Func<IMessage> newSpec) =>
        new(group, kind, plural, ["v1"], true, SpecForm.WholeObject, newSpec);

    private static ConfigKind Free(
        string group, string kind, string plural, ImmutableArray<string> versions, bool namespaced = true) =>
        new(group, kind, plural, versions, namespaced, SpecForm.FreeForm, static () => new Struct());
}
