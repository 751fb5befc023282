using Lateen.Capture;
using Lateen.EndToEnd.Tests.Mesh;

namespace Lateen.EndToEnd.Tests.Machine;

/// <summary>A test that becomes another user or mounts in a namespace of its own, which needs root.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (LateenProgram.Find() is null)
        {
            Skip = "LATEEN_BIN names no executable: run ./lateen build, or this by ./lateen test e2e";
        }
        else if (!Privileges.Has(File.ReadAllText("/proc/self/status"), Privileges.SysAdmin))
        {
            Skip = "needs root";
        }
        else if (!new ToolRunner().Run(
            "setpriv", ["--reuid", "65534", "--clear-groups", LateenProgram.Path, "version"]).Succeeded)
        {
            Skip = "the user nobody may not run LATEEN_BIN where it lies";
        }
    }
}
