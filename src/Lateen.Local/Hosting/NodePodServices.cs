using System.Runtime.InteropServices;
using Lateen.Local.Cluster;
using Lateen.Local.Pods;

namespace Lateen.Local.Hosting;

/// <summary>Works out from where pods start their programs.</summary>
internal static class NodePodServices
{
    /// <summary>The callbacks are left to the node.</summary>
    public static PodServices Build(NodeOptions options, INodePlatform platform, TimeProvider clock)
    {
        string Inside(string program) => platform.Inside(program);
        var images = new ImageTable(
            Inside(Final(options.Executable)),
            Inside(Final(options.AgentExecutable)),
            options.BookinfoExecutable is { } bookinfo ? Inside(bookinfo) : null,
            options.ProxyPath is { } proxy ? Inside(proxy) : null,
            options.MixProxies,
            options.Images);
        Dictionary<string, string> variables = [];
        var runtime = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        if (Directory.Exists(Path.Combine(runtime, "shared")))
        {
            variables["DOTNET_ROOT"] = Path.GetDirectoryName(Inside(Path.Combine(runtime, "dotnet")))!;
        }

        return new PodServices(
            clock, images, (options.PodFolder, options.LogFolder), platform.OpenAsync, variables,
            () => ClusterState.Empty, (_, _) => "", () => { }, (_, _, _) => { });
    }

    // A link may lead out of its folder, which is all that a pod sees.
    private static string Final(string program) =>
        File.Exists(program) && File.ResolveLinkTarget(program, returnFinalTarget: true) is { } target
            ? target.FullName : program;
}
