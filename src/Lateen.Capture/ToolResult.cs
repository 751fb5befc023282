namespace Lateen.Capture;

/// <summary>What a program left behind.</summary>
public sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>Exit code zero.</summary>
    public bool Succeeded => ExitCode == 0;
}
