using Lateen.Core.Yaml;

namespace Lateen.Local.Cluster;

/// <summary>The control plane as a Deployment of the mesh itself, unless the user's folder brings one.</summary>
internal static class ControlPlaneObjects
{
    public const string Namespace = "istio-system";
    public const string Name = "istiod";

    /// <summary>Its service.</summary>
    public static readonly ObjectName ServiceName = new(Namespace, Name);

    /// <summary>
    /// Its documents. It runs as root, since it reads the user's and writes the state folder; it has a pod's network
    /// like all others, so that a crash is a pod's crash.
    /// </summary>
    /// <param name="configFolder">Folder that it reads.</param>
    /// <param name="stateFolder">Folder of its root and keys.</param>
    /// <param name="ownAddress">Whether it binds the pod's address only.</param>
    public static IEnumerable<YamlNode> Documents(
        string configFolder, string stateFolder, bool ownAddress) => YamlReader.Read($$$"""
        apiVersion: v1
        kind: Service
        metadata: {name: {{{Name}}}, namespace: {{{Namespace}}}, labels: {app: istiod, istio: pilot}}
        spec:
          selector: {app: istiod}
          ports:
          - {name: grpc-xds, port: 15010, protocol: TCP}
          - {name: https-dns, port: 15012, protocol: TCP}
          - {name: http-debug, port: 8080, protocol: TCP}
          - {name: http-monitoring, port: 15014, protocol: TCP}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: {{{Name}}}, namespace: {{{Namespace}}}}
        spec:
          selector: {matchLabels: {app: istiod}}
          template:
            metadata:
              labels: {app: istiod, istio: pilot, istio.io/rev: default, sidecar.istio.io/inject: "false"}
            spec:
              serviceAccountName: istiod
              securityContext: {runAsUser: 0, runAsGroup: 0}
              terminationGracePeriodSeconds: 3
              containers:
              - name: discovery
                image: lateen/pilot
                args:
                  [--config, {{{Quote(configFolder)}}}, --state, {{{Quote(stateFolder)}}}
                  {{{(ownAddress ? OwnAddress : "")}}}]
                env:
                - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP} } }
                - {name: PILOT_JWT_ENABLE_REMOTE_JWKS, value: hybrid}
                - {name: DOTNET_TieredPGO, value: "0"}
                readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 3, timeoutSeconds: 5}
        """).Documents;

    /// <summary>Listens at the pod's address alone, where others share the machine's network.</summary>
    private const string OwnAddress =
        ", --grpc-addr, \"$(POD_IP):15010\", --secure-grpc-addr, \"$(POD_IP):15012\", --http-addr, "
        + "\"$(POD_IP):8080\", --monitoring-addr, \"$(POD_IP):15014\"";

    private static string Quote(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
