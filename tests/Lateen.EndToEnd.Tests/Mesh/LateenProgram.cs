namespace Lateen.EndToEnd.Tests.Mesh;

/// <summary>The built executable, which the variable LATEEN_BIN names.</summary>
internal static class LateenProgram
{
    /// <summary>Its path; null where it was not built.</summary>
    public static string? Find() =>
        Environment.GetEnvironmentVariable("LATEEN_BIN") is { Length: > 0 } path && File.Exists(path)
            ? System.IO.Path.GetFullPath(path) : null;

    /// <summary>The path that a test which is not skipped knows to be there.</summary>
    public static string Path => Find() ?? throw new FileNotFoundException("LATEEN_BIN names no executable");
}
