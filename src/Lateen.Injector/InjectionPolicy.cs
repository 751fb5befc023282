namespace Lateen.Injector;

/// <summary>Whether a pod gets a proxy: what the webhook's selectors and then its handler decide.</summary>
internal static class InjectionPolicy
{
    private const string InjectName = "sidecar.istio.io/inject";

    private static readonly HashSet<string> _ignoredNamespaces =
        ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

    /// <summary>Selectors of the webhook configuration (default revision), then the handler's own rules.</summary>
    public static bool Wants(InjectionTarget target, PodView pod, InjectorOptions options)
    {
        if (pod.HostNetwork || _ignoredNamespaces.Contains(target.Namespace))
        {
            return false;
        }

        var label = pod.Label(InjectName);
        return IsSelected(target, pod, label, options) && (label ?? pod.Annotation(InjectName)) switch
        {
            "true" or "yes" or "on" or "y" => true,
            "false" or "no" or "off" or "n" => false,
            _ => options.Enabled,
        };
    }

    private static bool IsSelected(InjectionTarget target, PodView pod, string? label, InjectorOptions options)
    {
        target.NamespaceLabels.TryGetValue("istio-injection", out var injection);
        target.NamespaceLabels.TryGetValue("istio.io/rev", out var revision);
        var podRevision = pod.Label("istio.io/rev");
        if (label == "false")
        {
            return false;
        }

        if (injection is not null)
        {
            return injection == "enabled";
        }

        if (revision is not null)
        {
            return revision == options.Revision;
        }

        // Neither label on the namespace: the pod must ask for it.
        return podRevision is null ? label == "true" : podRevision == options.Revision;
    }
}
