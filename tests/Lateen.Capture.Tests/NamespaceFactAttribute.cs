namespace Lateen.Capture.Tests;

/// <summary>A test that loads rules into a network namespace of its own, which needs root and the tools.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NamespaceFactAttribute : FactAttribute
{
    public NamespaceFactAttribute()
    {
        var runner = new ToolRunner();
        if (!Privileges.Has(File.ReadAllText("/proc/self/status"), Privileges.SysAdmin))
        {
            Skip = "needs root to make a network namespace";
        }
        else if (!runner.Run("unshare", ["--net", "iptables", "--version"]).Succeeded
            || !runner.Run("ip", ["-V"]).Succeeded)
        {
            Skip = "needs unshare, iptables and ip";
        }
    }
}
