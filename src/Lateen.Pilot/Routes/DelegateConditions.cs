using Google.Protobuf.Collections;
using Istio.Networking.V1Alpha3;
using MatchType = Istio.Networking.V1Alpha3.StringMatch.MatchTypeOneofCase;

namespace Lateen.Pilot.Routes;

/// <summary>Whether a delegate's condition lies within a root's.</summary>
internal static class DelegateConditions
{
    /// <summary>True when nothing that the delegate matches is refused by the root.</summary>
    internal static bool Covers(HTTPMatchRequest root, HTTPMatchRequest own)
    {
        return Covers(root.Uri, own.Uri) && Covers(root.Scheme, own.Scheme)
            && Covers(root.Method, own.Method) && Covers(root.Authority, own.Authority)
            && own.Headers.All(pair => Covers(root.Headers.GetOrNull(pair.Key), pair.Value))
            && own.WithoutHeaders.All(pair => Covers(root.WithoutHeaders.GetOrNull(pair.Key), pair.Value))
            && own.QueryParams.All(pair => Covers(root.QueryParams.GetOrNull(pair.Key), pair.Value))
            && root.IgnoreUriCase == own.IgnoreUriCase
            && (root.Port == 0 || own.Port == 0 || root.Port == own.Port)
            && (root.SourceNamespace.Length == 0 || root.SourceNamespace == own.SourceNamespace)
            && own.SourceLabels.All(pair =>
                !root.SourceLabels.TryGetValue(pair.Key, out var value) || value == pair.Value)
            && (root.Gateways.Count == 0 || own.Gateways.All(root.Gateways.Contains));
    }

    private static bool Covers(StringMatch? root, StringMatch? own)
    {
        if (root is null || own is null)
        {
            return true;
        }
        return (root.MatchTypeCase, own.MatchTypeCase) switch
        {
            (MatchType.Exact, MatchType.Exact) => root.Exact == own.Exact,
            (MatchType.Prefix, MatchType.Exact) => own.Exact.StartsWith(root.Prefix, StringComparison.Ordinal),
            (MatchType.Prefix, MatchType.Prefix) => own.Prefix.StartsWith(root.Prefix, StringComparison.Ordinal),
            _ => false,
        };
    }

    private static StringMatch? GetOrNull(this MapField<string, StringMatch> matches, string key)
    {
        return matches.TryGetValue(key, out var match) ? match : null;
    }
}
