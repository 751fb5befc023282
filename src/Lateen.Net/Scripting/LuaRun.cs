namespace Lateen.Net.Scripting;

/// <summary>One call of a script's function, which may wait and be resumed. One thread's.</summary>
public sealed class LuaRun
{
    internal LuaRun(LuaMachine machine, nint state, int reference)
    {
        Machine = machine;
        State = state;
        Reference = reference;
    }

    internal LuaMachine Machine { get; }

    internal nint State { get; }

    internal int Reference { get; set; }

    /// <summary>The error of the machine's last call that failed.</summary>
    public string LastError => Machine.LastError;

    /// <summary>Goes on with these values as the results of what the script waited for.</summary>
    /// <param name="host">Answers the script's calls.</param>
    /// <param name="values">Null, bool, number, byte[], lists or mappings.</param>
    /// <returns>How far the script has come.</returns>
    public LuaOutcome Resume(ILuaHost host, params object?[] values) => Machine.Resume(this, host, values);

    /// <summary>The script is given up.</summary>
    public void Release() => Machine.Release(this);
}
