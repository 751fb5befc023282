using Google.Protobuf;
using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Warns of rules of a VirtualService that no request can reach.</summary>
internal static class ReachabilityRules
{
    private const string Code = "virtualService.unreachable";

    public static void Validate(Findings findings, VirtualService service)
    {
        Walk(findings, "spec.http", service.Http.Select(r => r.Match.Select(Unnamed).ToList()).ToList());
        Walk(findings, "spec.tls", service.Tls.Select(r => r.Match.Cast<IMessage>().ToList()).ToList());
        Walk(findings, "spec.tcp", service.Tcp.Select(r => r.Match.Cast<IMessage>().ToList()).ToList());
    }

    private static IMessage Unnamed(HTTPMatchRequest match)
    {
        var copy = match.Clone();
        copy.Name = "";
        return copy;
    }

    private static void Walk(Findings findings, string path, List<List<IMessage>> rules)
    {
        var seen = new Dictionary<IMessage, int>();
        var prefixes = new List<(HTTPMatchRequest Match, int Rule)>();
        var catchAll = -1;
        for (var rule = 0; rule < rules.Count; rule++)
        {
            var at = NodePath.Item(path, rule);
            if (catchAll >= 0)
            {
                findings.Warning(at, Code,
                    $"no request gets here: {NodePath.Item(path, catchAll)} has no match and takes all",
                    "Put the rule without matches last.");
            }

            if (rules[rule].Count == 0)
            {
                catchAll = catchAll < 0 ? rule : catchAll;
                continue;
            }

            var used = 0;
            for (var i = 0; i < rules[rule].Count; i++)
            {
                var match = rules[rule][i];
                var covered = seen.TryGetValue(match, out var earlier);
                used += covered ? 1 : 0;
                if (!covered && match is HTTPMatchRequest http)
                {
                    earlier = prefixes.Where(p => Covers(p.Match, http)).Select(p => p.Rule).FirstOrDefault(-1);
                    covered = earlier >= 0;
                    prefixes.Add((http, rule));
                }

                seen.TryAdd(match, rule);
                if (covered)
                {
                    findings.Warning(NodePath.Item(NodePath.Field(at, "match"), i), Code,
                        $"this match has no effect: {NodePath.Item(path, earlier)} takes its requests first");
                }
            }

            if (used == rules[rule].Count)
            {
                findings.Warning(at, Code, "no request gets here: earlier rules take all of its matches",
                    "Remove the rule, or move it up.");
            }
        }
    }

    // An earlier, shorter prefix with the same other conditions takes everything.
    private static bool Covers(HTTPMatchRequest earlier, HTTPMatchRequest later)
    {
        if (earlier.Uri is not { HasPrefix: true } || later.Uri is not { HasPrefix: true }
            || !later.Uri.Prefix.StartsWith(earlier.Uri.Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var (a, b) = (earlier.Clone(), later.Clone());
        a.Uri = b.Uri = null;
        return a.Equals(b);
    }
}
