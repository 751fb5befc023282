namespace Lateen.Tidy.Tests;

/// <summary>Fails with every finding on a line of its own, so that one run tells all that is to be mended.</summary>
internal static class Finding
{
    internal static void AssertNone(IEnumerable<string> findings)
    {
        var all = findings.ToList();
        Assert.True(all.Count == 0, $"{all.Count} findings:\n{string.Join('\n', all)}");
    }
}
