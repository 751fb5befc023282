using Lateen.Injector;

namespace Lateen.Local.Hosting;

/// <summary>The installation's values on one machine.</summary>
internal static class NodeInjection
{
    public static InjectorOptions Options { get; } = new()
    {
        ProxyImage = "lateen/proxyv2",
        // One worker a proxy: a laptop runs many proxies.
        ProxyConfig = """{"concurrency":1}""",
    };
}
