using Lateen.Net.Scripting;

namespace Lateen.Proxy.Lua;

/// <summary>A script with a machine of its own for each worker, made at its first use there.</summary>
internal sealed class LuaScript(string text, int workerCount)
{
    private readonly LuaMachine?[] _machines = new LuaMachine?[workerCount + 1];

    /// <summary>Which directions the script has functions for, once it is checked.</summary>
    public bool HasRequest { get; private set; }

    public bool HasResponse { get; private set; }

    /// <summary>Loads the script once, so that its mistakes are known with the configuration.</summary>
    public bool TryCheck(out string error)
    {
        if (LuaMachine.TryCreate(LuaPrelude.Text, text, out error) is not { } machine)
        {
            return false;
        }
        HasRequest = machine.Has("envoy_on_request");
        HasResponse = machine.Has("envoy_on_response");
        machine.Dispose();
        return true;
    }

    public LuaMachine? MachineOf(int worker) =>
        _machines[worker] ??= LuaMachine.TryCreate(LuaPrelude.Text, text, out _);
}
