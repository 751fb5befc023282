using Lateen.Capture;
using Lateen.EndToEnd.Tests.Mesh;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Machine;

/// <summary>A test that becomes another user or mounts in a namespace of its own, which needs root.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute(params string[] tools)
    {
        Tools = tools;
        if (LateenProgram.Find() is null)
        {
            Skip = "LATEEN_BIN names no executable: run ./lateen build, or this by ./lateen test e2e";
        }
        else if (!Privileges.Has(File.ReadAllText("/proc/self/status"), Privileges.SysAdmin))
        {
            Skip = "needs root";
        }
        else if (tools.FirstOrDefault(t => Peer.Find(t) is null) is { } absent)
        {
            Skip = $"needs {absent}";
        }
        else if (!new ToolRunner().Run(
            "setpriv", ["--reuid", "65534", "--clear-groups", LateenProgram.Path, "version"]).Succeeded)
        {
            Skip = "the user nobody may not run LATEEN_BIN where it lies";
        }
    }

    /// <summary>Programs that the test needs besides.</summary>
    public string[] Tools { get; }
}
