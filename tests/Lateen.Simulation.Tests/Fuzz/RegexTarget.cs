using System.Text;
using System.Text.RegularExpressions;
using Lateen.Proxy.Regex;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>Expressions of the common part of RE2's and the platform's syntax: both engines agree on every text; and
/// arbitrary ones compile or are refused.</summary>
internal sealed class RegexTarget : IFuzzTarget
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(2);

    public string Name => "regex";

    public long CasesByDefault => 400;

    public void Run(FuzzInput input)
    {
        if (input.Chance(0.3))
        {
            if (CompiledRegex.TryCreate(input.Text("ab()[]{}*+?|^$.\\dwsDWS-1,:PLi<>", 20), out var any, out _))
            {
                any!.IsFullMatch(Encoding.UTF8.GetBytes(input.Text("ab1 -", 20)));
            }

            return;
        }

        var pattern = Expression(input, 3);
        if (!CompiledRegex.TryCreate(pattern, out var ours, out var error))
        {
            Assert.Fail($"{pattern} is refused: {error}");
        }

        var theirs = new Regex($"^(?:{pattern})\\z", RegexOptions.NonBacktracking, _limit);
        var search = new Regex(pattern, RegexOptions.NonBacktracking, _limit);
        for (var i = 0; i < 5; i++)
        {
            var text = input.Text("abc1", 12);
            var bytes = Encoding.UTF8.GetBytes(text);
            Assert.True(theirs.IsMatch(text) == ours!.IsFullMatch(bytes), $"{pattern} on '{text}' as a whole");
            Assert.True(search.IsMatch(text) == ours.IsMatch(bytes), $"{pattern} in '{text}'");
        }
    }

    private static string Expression(FuzzInput input, int depth)
    {
        var parts = new StringBuilder();
        for (var i = input.Between(1, 3); i > 0; i--)
        {
            var atom = depth == 0 || input.Chance(0.6)
                ? input.Pick("a", "b", "c", "1", ".", "[ab]", "[^a]", "\\d", "\\w", "[a-c1]", "(?:)")
                : input.Pick($"({Expression(input, depth - 1)})", $"(?:{Expression(input, depth - 1)})");
            parts.Append(atom).Append(input.Pick("", "", "", "*", "+", "?", "*?", "{2}", "{1,3}", "{0,2}"));
        }

        return depth > 0 && input.Chance(0.3) ? $"{parts}|{Expression(input, depth - 1)}" : parts.ToString();
    }
}
