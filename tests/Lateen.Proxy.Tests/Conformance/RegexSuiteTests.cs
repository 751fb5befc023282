using System.Text;
using System.Text.Json;
using Lateen.Proxy.Regex;
using Xunit.Abstractions;

namespace Lateen.Proxy.Tests.Conformance;

public sealed class RegexSuiteTests(ITestOutputHelper output)
{
    [SuiteFact("regex")]
    public void Compile_EveryExpression_IsTakenOrRefusedAsByRe2()
    {
        var tally = new SuiteTally(output);
        foreach (var test in Cases("compile.json"))
        {
            if (Text(test, "regex") is not { } pattern)
            {
                tally.NotApplicable++;
                continue;
            }
            var valid = CompiledRegex.TryCreate(pattern, out _, out var error);
            tally.Count(pattern, valid == test.GetProperty("valid").GetBoolean(), $"valid {valid} {error}");
        }
        tally.AssertAll();
    }

    [SuiteFact("regex")]
    public void Search_FullAndAnywhere_GivesRe2Positions()
    {
        var tally = new SuiteTally(output);
        foreach (var test in Cases("search.json"))
        {
            if (Text(test, "regex") is not { } pattern || Text(test, "text") is not { } text)
            {
                tally.NotApplicable++;
                continue;
            }
            var bytes = Encoding.UTF8.GetBytes(text);
            if (!CompiledRegex.TryCreate(pattern, out var regex, out var error))
            {
                tally.Count($"{pattern} on {text}", false, error);
                continue;
            }
            foreach (var full in new[] { true, false })
            {
                var wanted = test.GetProperty(full ? "full" : "search");
                var slots = new int[2 * (regex!.GroupCount + 1)];
                var found = regex.Find(bytes, 0, slots, full);
                var passed = found == (wanted.ValueKind != JsonValueKind.Null)
                    && (!found || SlotsEqual(slots, wanted))
                    && (full ? regex.IsFullMatch(bytes) : regex.IsMatch(bytes)) == found;
                tally.Count($"{pattern} on {text} full={full}", passed, $"{string.Join(',', slots)} wanted {wanted}");
            }
        }
        tally.AssertAll();
    }

    [SuiteFact("regex")]
    public void Find_AllMatches_GivesGoPositions()
    {
        var tally = new SuiteTally(output);
        foreach (var test in Cases("find.json"))
        {
            if (Text(test, "regex") is not { } pattern || Text(test, "text") is not { } text)
            {
                tally.NotApplicable++;
                continue;
            }
            Assert.True(CompiledRegex.TryCreate(pattern, out var regex, out var error), $"{pattern}: {error}");
            var bytes = Encoding.UTF8.GetBytes(text);
            var wanted = test.GetProperty("matches").EnumerateArray().ToArray();
            var slots = new int[2 * (regex!.GroupCount + 1)];
            var found = regex.Find(bytes, 0, slots);
            var passed = found == wanted.Length > 0
                && (!found || slots.SequenceEqual(wanted[0].EnumerateArray().Select(value => value.GetInt32())));
            tally.Count($"{pattern} on {text}", passed, string.Join(',', slots));
        }
        tally.AssertAll();
    }

    [SuiteFact("regex")]
    public void Match_Modes_GiveRe2Verdicts()
    {
        var tally = new SuiteTally(output);
        foreach (var test in Cases("match.json"))
        {
            if (Text(test, "regex") is not { } pattern || Text(test, "text") is not { } text)
            {
                tally.NotApplicable++;
                continue;
            }
            Assert.True(CompiledRegex.TryCreate(pattern, out var regex, out var error), $"{pattern}: {error}");
            var bytes = Encoding.UTF8.GetBytes(text);
            var matches = test.GetProperty("mode").GetString() == "full" ? regex!.IsFullMatch(bytes)
                : regex!.IsMatch(bytes);
            tally.Count($"{pattern} on {text}", matches == test.GetProperty("match").GetBoolean(), $"{matches}");
        }
        tally.AssertAll();
    }

    [SuiteFact("regex")]
    public void Replace_FirstAndAll_GivesRe2Texts()
    {
        var tally = new SuiteTally(output);
        foreach (var test in Cases("replace.json"))
        {
            Assert.True(CompiledRegex.TryCreate(Text(test, "regex")!, out var regex, out var error), error);
            var text = Encoding.UTF8.GetBytes(Text(test, "text")!);
            var rewrite = Encoding.UTF8.GetBytes(Text(test, "rewrite")!);
            var (single, global) = (new ByteBuffer(), new ByteBuffer());
            regex!.Replace(text, rewrite, single, onlyFirst: true);
            var count = regex.Replace(text, rewrite, global);
            var passed = single.ToString() == Text(test, "single") && global.ToString() == Text(test, "global")
                && count == test.GetProperty("count").GetInt32();
            tally.Count(Text(test, "regex")!, passed, $"{single} / {global} / {count}");
        }
        foreach (var test in Cases("rewrite-check.json"))
        {
            Assert.True(CompiledRegex.TryCreate(Text(test, "regex")!, out var regex, out var error), error);
            var valid = regex!.IsValidRewrite(Text(test, "rewrite")!, out _);
            tally.Count($"check {Text(test, "rewrite")}", valid == test.GetProperty("valid").GetBoolean(), $"{valid}");
        }
        tally.AssertAll();
    }

    private static bool SlotsEqual(int[] slots, JsonElement wanted)
    {
        var i = 0;
        foreach (var pair in wanted.EnumerateArray())
        {
            var (begin, end) = pair.ValueKind == JsonValueKind.Null ? (-1, -1)
                : (pair[0].GetInt32(), pair[1].GetInt32());
            if (slots[i++] != begin || slots[i++] != end)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>The text of a field; null when it is no UTF-8, which no configuration can hold.</summary>
    private static string? Text(JsonElement test, string name) =>
        test.GetProperty(name).ValueKind == JsonValueKind.String ? test.GetProperty(name).GetString() : null;

    private static JsonElement.ArrayEnumerator Cases(string file)
    {
        var path = Path.Combine(TestKit.Conformance.Suite("regex"), file);
        return JsonDocument.Parse(File.ReadAllBytes(path)).RootElement.EnumerateArray();
    }
}
