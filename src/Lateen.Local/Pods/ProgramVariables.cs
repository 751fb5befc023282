using System.Globalization;
using Lateen.Kubernetes.Objects;

namespace Lateen.Local.Pods;

/// <summary>
/// What tells the programs of a pod without a network of its own where to listen and how to call others: <c>HOST</c>
/// and
/// <c>PORT</c> (the container's first port; <c>PORT_n</c> for each port n), <c>HTTP_PROXY</c>, and for services of raw
/// TCP
/// <c>NAME_SERVICE_HOST</c> and <c>NAME_SERVICE_PORT</c>, Kubernetes' own variables.
/// </summary>
internal static class ProgramVariables
{
    private const string Loopback = "127.0.0.1";

    /// <summary>Port at <see cref="PodPlace.Egress"/> that takes requests in the form for proxies.</summary>
    public const int HttpProxyPort = 15080;

    /// <summary>None where the pod has a network of its own.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(LocalPod pod, Container container)
    {
        foreach (var variable in pod.Place.Variables)
        {
            yield return variable;
        }

        if (pod.Place.Egress.Length == 0)
        {
            yield break;
        }

        yield return new("HOST", pod.Place.ProgramPorts.Count > 0 ? Loopback : pod.Address);
        var ports = Ports(pod, container).ToList();
        if (ports.Count > 0)
        {
            yield return new("PORT", Text(ports[0].Own));
        }

        foreach (var (said, own) in ports)
        {
            yield return new($"PORT_{Text(said)}", Text(own));
        }

        if (!pod.Injected)
        {
            yield break;
        }

        foreach (var name in (string[])["HTTP_PROXY", "http_proxy"])
        {
            yield return new(name, $"http://{pod.Place.Egress}:{Text(HttpProxyPort)}");
        }

        foreach (var name in (string[])["NO_PROXY", "no_proxy"])
        {
            yield return new(name, $"localhost,{Loopback},::1");
        }
    }

    /// <summary>The container's declared ports; where it declares none, all of the pod.</summary>
    private static IEnumerable<(int Said, int Own)> Ports(LocalPod pod, Container container)
    {
        var declared = container.Ports.Select(p => p.ContainerPort_).ToList();
        var said = declared.Count > 0 ? declared : [.. pod.Place.ProgramPorts.Keys.Order()];
        return said.Select(p => (p, pod.Place.ProgramPorts.TryGetValue(p, out var own) ? own : pod.Place.Exposed(p)));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
