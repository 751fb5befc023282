using Lateen.Kubernetes.Objects;

namespace Lateen.Local.Pods;

/// <summary>
/// Which commands of this machine stand for container images. Images are not unpacked here: a container's process runs
/// in the pod's namespaces on the machine's own files.
/// </summary>
internal sealed class ImageTable
{
    /// <summary>What injection gives to sidecars and gateways.</summary>
    public const string ProxyImage = "lateen/proxyv2";

    /// <summary>Our proxy also where the mesh's proxies are Envoys: for pods whose annotation
    /// <c>sidecar.istio.io/proxyImage</c> names it.</summary>
    private const string OwnProxy = "lateen/proxy";

    private readonly string _agent;
    private readonly string? _proxy;
    private readonly bool _mix;
    private readonly List<(string Image, string[] Command)> _images = [];

    /// <param name="lateen">This executable.</param>
    /// <param name="agent">The executable that has the agent and capture.</param>
    /// <param name="bookinfo">The sample's executable, null when it was not built.</param>
    /// <param name="proxy">A real Envoy for the agents to drive, or null.</param>
    /// <param name="mix">About half of the pods, by their names, keep our proxy.</param>
    /// <param name="extra">More entries, <c>image=command words</c>.</param>
    public ImageTable(
        string lateen, string agent, string? bookinfo, string? proxy, bool mix, IEnumerable<string> extra)
    {
        _mix = mix;
        _agent = agent;
        _proxy = proxy;
        _images.AddRange(extra.Select(e => e.Split('=', 2)).Where(e => e.Length == 2)
            .Select(e => (e[0], e[1].Split(' ', StringSplitOptions.RemoveEmptyEntries))));
        _images.Add(("lateen/pilot", [lateen, "control-plane"]));
        _images.Add(("lateen/sleep", ["/bin/sleep", "infinity"]));
        if (bookinfo is not null)
        {
            _images.Add(("lateen/bookinfo", [bookinfo]));
        }
    }

    /// <summary>The words to run for a container of a pod.</summary>
    /// <exception cref="LocalException">Its image is unknown and it names no command.</exception>
    public List<string> Resolve(string pod, Container container, Func<string, string> expand)
    {
        List<string> args = [.. container.Args.Select(expand)];
        if (container.Command.Count > 0)
        {
            return [.. container.Command.Select(expand), .. args];
        }

        var name = WithoutTag(container.Image);
        if (name.EndsWith("/proxyv2", StringComparison.Ordinal) || name == OwnProxy)
        {
            return ProxyCommand(args, name == OwnProxy || IsOwn(pod) ? null : _proxy);
        }

        foreach (var (image, command) in _images)
        {
            if (WithoutTag(image) == name)
            {
                return [.. command, .. args];
            }
        }

        throw new LocalException(
            $"image {container.Image} is in no table of local commands: give the container a command "
            + $"that this machine has, or say --image {name}=\"COMMAND WORDS\"");
    }

    /// <summary>About half of the pods, by their names, so that a pod that starts again keeps its kind.</summary>
    private bool IsOwn(string pod) => _mix && (pod.Aggregate(0u, (hash, c) => (hash * 31) + c) & 8) != 0;

    /// <summary>The proxy image's entry point is the agent, of which capture is a sub-command.</summary>
    private List<string> ProxyCommand(List<string> args, string? proxy)
    {
        if (args.Count > 0 && args[0] == "istio-iptables")
        {
            return [_agent, "capture", .. args.Skip(1)];
        }

        return proxy is null ? [_agent, "agent", .. args] : [_agent, "agent", .. args, "--proxy", proxy];
    }

    private static string WithoutTag(string image)
    {
        var at = image.IndexOf('@', StringComparison.Ordinal);
        var name = at < 0 ? image : image[..at];
        var colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name[..colon] : name;
    }
}
