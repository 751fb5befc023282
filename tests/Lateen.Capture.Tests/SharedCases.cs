namespace Lateen.Capture.Tests;

/// <summary>Where the shared conformance cases are: LATEEN_SHARED, or <c>../shared</c> beside the checkout.</summary>
internal static class SharedCases
{
    public static string? Folder { get; } = Find();

    private static string? Find()
    {
        var given = Environment.GetEnvironmentVariable("LATEEN_SHARED");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); given is null && folder
            is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Lateen.slnx")))
            {
                given = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared"));
            }
        }

        var cases = given is null ? null : Path.Combine(given, "conformance", "iptables");
        return Directory.Exists(cases) ? cases : null;
    }
}
