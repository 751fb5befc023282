using YamlDotNet.RepresentationModel;

namespace Lateen.TestKit;

/// <summary>
/// The conformance data: the folder <c>../shared/conformance</c> beside the checkout, or <c>conformance</c> in the
/// folder that the environment variable LATEEN_SHARED names.
/// </summary>
public static class Conformance
{
    /// <summary>The folder of a suite; null where the data is absent.</summary>
    public static string? FindSuite(string suite)
    {
        if (FindShared() is not { } shared)
        {
            return null;
        }
        var folder = Path.Combine(shared, "conformance", suite);
        return Directory.Exists(folder) ? folder : null;
    }

    /// <summary>The folder that holds conformance data and tools; null where it is absent.</summary>
    public static string? FindShared() => Environment.GetEnvironmentVariable("LATEEN_SHARED") ?? FindBesideCheckout();

    /// <summary>The folder of a suite that a test already knows to be there.</summary>
    public static string Suite(string suite) =>
        FindSuite(suite) ?? throw new DirectoryNotFoundException($"the conformance suite {suite} is absent");

    /// <summary>The first document of a YAML file of the suite.</summary>
    public static YamlMappingNode Load(string suite, string file)
    {
        using var reader = new StreamReader(Path.Combine(Suite(suite), file));
        var stream = new YamlStream();
        stream.Load(reader);
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    /// <summary>The cases of the file, each named by one of its fields; empty where the data is absent.</summary>
    public static IEnumerable<YamlMappingNode> Cases(string suite, string file)
    {
        if (FindSuite(suite) is null)
        {
            yield break;
        }
        foreach (var node in (YamlSequenceNode)Load(suite, file).Children["cases"])
        {
            yield return (YamlMappingNode)node;
        }
    }

    private static string? FindBesideCheckout()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Lateen.slnx")) && folder.Parent is not null)
            {
                var shared = Path.Combine(folder.Parent.FullName, "shared");
                return Directory.Exists(shared) ? shared : null;
            }
        }
        return null;
    }
}
