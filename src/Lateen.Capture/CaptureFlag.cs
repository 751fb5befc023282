namespace Lateen.Capture;

/// <summary>What values a flag takes.</summary>
public enum CaptureFlagKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>True or false; alone it means true.</summary>
    Switch,
}

/// <summary>One flag of <c>lateen capture</c>, declared once for the command line, the environment and the
/// help.</summary>
/// <param name="Name">Istio's name, without dashes in front.</param>
/// <param name="Letter">One letter, or null.</param>
/// <param name="Kind">What values it takes.</param>
/// <param name="Default">Value when neither flag nor environment gives one; null means empty or false.</param>
/// <param name="Help">One sentence.</param>
/// <param name="OtherVariable">A second environment variable that sets it, or null.</param>
public sealed record CaptureFlag(
    string Name,
    string? Letter,
    CaptureFlagKind Kind,
    string? Default,
    string Help,
    string? OtherVariable = null)
{
    /// <summary>The environment variable of this flag: the name in upper case with underscores.</summary>
    public string Variable => Name.ToUpperInvariant().Replace('-', '_');
}
