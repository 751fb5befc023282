using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lateen.Tidy.Tests;

/// <summary>What every C# file holds to; each finding names its file and line.</summary>
public sealed class SourceTests
{
    private const int ColumnsMax = 120;
    private const int FileLinesMax = 400;
    private const int FunctionLinesMax = 70;

    /// <summary>Folders of the request path: nothing there may wait, allocate closures or query.</summary>
    private static readonly string[] _hotFolders = ["src/Lateen.Net/", "src/Lateen.Http/", "src/Lateen.Proxy/Runtime/"];

    /// <summary>Where other threads meet a loop: its lock is taken for a message, never for a request.</summary>
    private static readonly string[] _meetingPoints = ["src/Lateen.Net/LoopMailbox.cs"];

    [Fact]
    public void Lines_OfSources_FitTheWidth()
    {
        // A type URL inside a text cannot be broken.
        Finding.AssertNone(Lines((_, line) => line.Length > ColumnsMax
            && !line.Contains("\"type.googleapis.com/", StringComparison.Ordinal)));
    }

    [Fact]
    public void Files_OfSources_StayBelowTheLimit()
    {
        Finding.AssertNone(Repository.Sources.Where(file =>
            Repository.Read(file).Count(c => c == '\n') > FileLinesMax));
    }

    [Fact]
    public void Functions_OfSources_FitAScreen()
    {
        Finding.AssertNone(Repository.Sources.SelectMany(file => LongFunctions(file)));
    }

    [Fact]
    public void Leftovers_InSources_AreNone()
    {
        string[] words = ["FIX" + "ME", "XX" + "X", "HA" + "CK"];
        Finding.AssertNone(Lines((_, line) => words.Any(word => line.Contains(word, StringComparison.Ordinal))));
    }

    [Fact]
    public void Regions_InSources_AreNone()
    {
        Finding.AssertNone(Lines((_, line) => line.TrimStart().StartsWith("#region", StringComparison.Ordinal)));
    }

    [Fact]
    public void HotFolders_Sources_NeitherWaitNorQuery()
    {
        string[] words = ["using System.Linq;", " async ", "await ", "Task.Run", "lock ("];
        Finding.AssertNone(Lines((file, line) =>
            _hotFolders.Any(folder => file.StartsWith(folder, StringComparison.Ordinal))
            && !_meetingPoints.Contains(file)
            && !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
            && words.Any(word => line.Contains(word, StringComparison.Ordinal))));
    }

    private static List<string> Lines(Func<string, string, bool> isFinding)
    {
        return [.. from file in Repository.Sources
                   from line in Repository.Read(file).Split('\n').Index()
                   where isFinding(file, line.Item)
                   select $"{file}:{line.Index + 1}: {line.Item.Trim()}"];
    }

    private static IEnumerable<string> LongFunctions(string file)
    {
        var tree = CSharpSyntaxTree.ParseText(Repository.Read(file));
        var functions = from node in tree.GetRoot().DescendantNodes()
                        where node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax
                            or AccessorDeclarationSyntax
                        select node;
        foreach (var function in functions)
        {
            // The comment above a function is not part of its length.
            var span = tree.GetLineSpan(function.Span);
            var lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
            if (lines > FunctionLinesMax)
            {
                yield return $"{file}:{span.StartLinePosition.Line + 1}: a function of {lines} lines";
            }
        }
    }
}
