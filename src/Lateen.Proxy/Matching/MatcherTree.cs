using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Matching;

/// <summary>
/// Leads from facts to an action. Source: <c>xds.type.matcher.v3.Matcher</c>. A nested matcher that finds nothing lets
/// the search go on; only then <see cref="OnNoMatch"/> counts.
/// </summary>
internal abstract class MatcherTree<T>
    where T : class
{
    public MatcherOutcome<T>? OnNoMatch { get; init; }

    /// <summary>The action; null when nothing matches.</summary>
    public T? Match(in MatchData data) => Find(data) ?? OnNoMatch?.Resolve(data);

    protected abstract T? Find(in MatchData data);

    /// <summary>Conditions in order.</summary>
    internal sealed class List((MatchPredicate Predicate, MatcherOutcome<T> Outcome)[] entries) : MatcherTree<T>
    {
        protected override T? Find(in MatchData data)
        {
            foreach (var (predicate, outcome) in entries)
            {
                if (predicate.IsMatch(data) && outcome.Resolve(data) is { } found)
                {
                    return found;
                }
            }
            return null;
        }
    }

    /// <summary>A value that equals a key.</summary>
    internal sealed class Exact(MatchInput input, Dictionary<byte[], MatcherOutcome<T>> map) : MatcherTree<T>
    {
        protected override T? Find(in MatchData data)
        {
            var text = Scratch.Matched;
            return input(data, text)
                && map.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(text.Written, out var outcome)
                ? outcome.Resolve(data)
                : null;
        }
    }

    /// <summary>A value that begins with a key; the longest first.</summary>
    internal sealed class Prefix(MatchInput input, (byte[] Key, MatcherOutcome<T> Outcome)[] longestFirst)
        : MatcherTree<T>
    {
        protected override T? Find(in MatchData data)
        {
            var text = Scratch.Matched;
            if (!input(data, text))
            {
                return null;
            }
            // Nested matchers use the scratch buffer again.
            var length = text.Length;
            var value = length <= 256 ? stackalloc byte[256] : new byte[length];
            text.Written.CopyTo(value);
            value = value[..length];
            foreach (var (key, outcome) in longestFirst)
            {
                if (value.StartsWith(key) && outcome.Resolve(data) is { } found)
                {
                    return found;
                }
            }
            return null;
        }
    }

    /// <summary>An address in a range; the longest prefix first.</summary>
    internal sealed class Ranges(
        MatchInput input, (Addresses.CidrRange Range, MatcherOutcome<T> Outcome)[] longestFirst) : MatcherTree<T>
    {
        protected override T? Find(in MatchData data)
        {
            var text = Scratch.Matched;
            if (!input(data, text) || !Addresses.IpAddress.TryParse(text.Written, out var address))
            {
                return null;
            }
            foreach (var (range, outcome) in longestFirst)
            {
                if (range.Contains(address) && outcome.Resolve(data) is { } found)
                {
                    return found;
                }
            }
            return null;
        }
    }

    /// <summary>A server name: exact, then wildcards with ever fewer labels, then the bare asterisk.</summary>
    internal sealed class Names(MatchInput input, Dictionary<byte[], MatcherOutcome<T>> map) : MatcherTree<T>
    {
        protected override T? Find(in MatchData data)
        {
            var text = Scratch.Matched;
            if (!input(data, text))
            {
                return null;
            }
            var name = text.Written.ToArray();
            if (map.TryGetValue(name, out var exact) && exact.Resolve(data) is { } found)
            {
                return found;
            }
            for (var dot = Array.IndexOf(name, (byte)'.'); dot >= 0; dot = Array.IndexOf(name, (byte)'.', dot + 1))
            {
                byte[] key = [(byte)'*', .. name.AsSpan(dot)];
                if (map.TryGetValue(key, out var wildcard) && wildcard.Resolve(data) is { } wild)
                {
                    return wild;
                }
            }
            return map.TryGetValue([(byte)'*'], out var any) ? any.Resolve(data) : null;
        }
    }
}
