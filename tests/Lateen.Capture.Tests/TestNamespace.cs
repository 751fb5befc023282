using System.Diagnostics;

namespace Lateen.Capture.Tests;

/// <summary>A network namespace with one address that lives as long as this object.</summary>
internal sealed class TestNamespace : IDisposable
{
    private readonly Process _holder;

    public TestNamespace()
    {
        var start = new ProcessStartInfo("unshare") { RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var word in (string[])["--net", "sh", "-c",
            "ip link set lo up; ip link add d0 type veth peer name d1; ip addr add 10.0.0.5/24 dev d0; "
            + "ip link set d0 up; "
            + "ip link set d1 up; echo ready; read line"])
        {
            start.ArgumentList.Add(word);
        }

        _holder = Process.Start(start)!;
        if (_holder.StandardOutput.ReadLine() != "ready")
        {
            throw new InvalidOperationException("the network namespace could not be set up");
        }

        Runner = new ToolRunner($"/proc/{_holder.Id}/ns/net");
    }

    public ToolRunner Runner { get; }

    public string Rules(string table) => Runner.Run("iptables", ["-t", table, "-S"]).Output;

    public void Dispose()
    {
        _holder.StandardInput.Close();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}
