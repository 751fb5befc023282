using System.Diagnostics;

namespace Lateen.Agent.Tests.EndToEnd;

/// <summary>A test that needs a real Envoy: the program that LATEEN_ENVOY names, else the shared tools' own.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EnvoyFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> _path = new(Find);

    /// <summary>Skips where there is no Envoy.</summary>
    public EnvoyFactAttribute()
    {
        if (_path.Value is null)
        {
            Skip = "there is no Envoy: set LATEEN_ENVOY to its path";
        }
    }

    /// <summary>Path of the program.</summary>
    public static string EnvoyPath => _path.Value ?? throw new FileNotFoundException("there is no Envoy");

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("LATEEN_ENVOY") is { Length: > 0 } own)
        {
            return own;
        }
        var suite = TestKit.Conformance.FindSuite("recorded-agent");
        var tool = suite is null ? null : Path.Combine(suite, "..", "..", "tools", "peer");
        if (tool is null || !File.Exists(tool))
        {
            return null;
        }
        using var process = Process.Start(
            new ProcessStartInfo(tool, ["envoy"]) { RedirectStandardOutput = true, UseShellExecute = false });
        var path = process!.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 && File.Exists(path) ? path : null;
    }
}
