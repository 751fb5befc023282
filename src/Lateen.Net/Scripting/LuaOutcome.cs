namespace Lateen.Net.Scripting;

/// <summary>How far a script has come.</summary>
public enum LuaOutcome
{
    /// <summary>It is over.</summary>
    Done,

    /// <summary>It waits to be resumed.</summary>
    Waits,

    /// <summary>It failed, or used more than it may.</summary>
    Failed,
}
