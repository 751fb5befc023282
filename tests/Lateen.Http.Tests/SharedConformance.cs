using Lateen.Core.Yaml;

namespace Lateen.Http.Tests;

/// <summary>The folder of conformance suites, where it is present.</summary>
internal static class SharedConformance
{
    /// <summary>The folder of a suite, or null: beside the checkout, or where LATEEN_SHARED says.</summary>
    public static string? Find(string suite)
    {
        var shared = Environment.GetEnvironmentVariable("LATEEN_SHARED");
        if (shared is not null)
        {
            return Existing(Path.Combine(shared, "conformance", suite));
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Lateen.slnx")))
            {
                return Existing(Path.Combine(folder.FullName, "..", "shared", "conformance", suite));
            }
        }

        return null;
    }

    public static YamlNode Read(string path) => YamlReader.Read(File.ReadAllText(path), path).Documents[0];

    private static string? Existing(string path) => Directory.Exists(path) ? path : null;
}
