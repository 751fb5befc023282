using System.Runtime.InteropServices;
using Lateen.Local.Cluster;
using Lateen.Local.Pods;

namespace Lateen.Local.Hosting;

/// <summary>Works out from where pods start their programs.</summary>
internal static class NodePodServices
{
    /// <summary>
    /// Programs are reached under <c>/run/lateen</c>, since a pod's user may not be allowed into the folders that lead
    /// to them. The callbacks are left to the node.
    /// </summary>
    public static PodServices Build(NodeOptions options, TimeProvider clock)
    {
        List<string> folders = [];
        string Inside(string program)
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(program))!;
            var index = folders.IndexOf(folder);
            if (index < 0)
            {
                index = folders.Count;
                folders.Add(folder);
            }

            return $"/run/lateen/bin{index}/{Path.GetFileName(program)}";
        }

        var images = new ImageTable(
            Inside(options.Executable),
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
            clock, images, (options.PodFolder, options.LogFolder), folders, variables,
            () => ClusterState.Empty, (_, _) => "", () => { }, (_, _, _) => { });
    }
}
