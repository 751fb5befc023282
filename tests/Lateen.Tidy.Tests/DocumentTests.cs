using System.Text.RegularExpressions;

namespace Lateen.Tidy.Tests;

/// <summary>Documents link to what exists, the changelog keeps its form, and no file is a dump.</summary>
public sealed partial class DocumentTests
{
    private const int FileBytesMax = 256 * 1024;

    private static IEnumerable<string> Documents =>
        Repository.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal));

    [Fact]
    public void Links_InDocuments_LeadSomewhere()
    {
        var broken = from file in Documents
                     from Match match in LinkPattern().Matches(Repository.Read(file))
                     let target = match.Groups[1].Value.Split('#')[0]
                     where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
                     let path = Path.Combine(Repository.Root, Path.GetDirectoryName(file)!, target)
                     where !File.Exists(path) && !Directory.Exists(path)
                     select $"{file}: {target}";

        Finding.AssertNone(broken);
    }

    [Fact]
    public void TypeNames_InDocuments_Exist()
    {
        var types = Repository.Sources.Select(file => Path.GetFileNameWithoutExtension(file)).ToHashSet();
        var unknown = from file in Documents
                      where file.StartsWith("docs/", StringComparison.Ordinal)
                      from Match match in TypePattern().Matches(Repository.Read(file))
                      where !types.Contains(match.Groups[1].Value)
                      select $"{file}: {match.Groups[1].Value}";

        Finding.AssertNone(unknown);
    }

    [Fact]
    public void Changelog_Form_IsKept()
    {
        var lines = Repository.Read("CHANGELOG.md").Split('\n');
        Assert.Equal("# Changelog", lines[0]);
        Assert.Contains("## Unreleased", lines);

        string[] sections = ["### Added", "### Changed", "### Fixed", "### Removed"];
        var wrong = lines.Skip(1).Where(line => line.Length > 0
            && !line.StartsWith("## ", StringComparison.Ordinal)
            && !line.StartsWith("- ", StringComparison.Ordinal)
            && !line.StartsWith("  ", StringComparison.Ordinal)
            && !sections.Contains(line));
        Finding.AssertNone(wrong);
    }

    [Fact]
    public void Files_OfTheRepository_AreNoDumps()
    {
        var dumps = from file in Repository.Files
                    where new FileInfo(Path.Combine(Repository.Root, file)).Length > FileBytesMax
                    select file;

        Finding.AssertNone(dumps);
    }

    [Fact]
    public void Decisions_Numbers_AreUnique()
    {
        var twice = Repository.Files.Where(file => file.StartsWith("docs/decisions/", StringComparison.Ordinal))
            .GroupBy(file => Path.GetFileName(file)[..4]).Where(group => group.Count() > 1).Select(group => group.Key);

        Finding.AssertNone(twice);
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex LinkPattern();

    /// <summary>A name in backticks that says by <c>T:</c> that it is one of our types.</summary>
    [GeneratedRegex(@"`T:(\w+)`")]
    private static partial Regex TypePattern();
}
