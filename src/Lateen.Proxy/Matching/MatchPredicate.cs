using System.Collections.Immutable;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Matching;

/// <summary>A condition. Source: <c>xds.type.matcher.v3.Matcher.MatcherList.Predicate</c>.</summary>
internal abstract class MatchPredicate
{
    public abstract bool IsMatch(in MatchData data);

    internal sealed class Single(MatchInput input, StringMatcher value) : MatchPredicate
    {
        public override bool IsMatch(in MatchData data)
        {
            var text = Scratch.Matched;
            return input(data, text) && value.IsMatch(text.Written);
        }
    }

    internal sealed class Addresses(MatchInput input, Proxy.Addresses.CidrRange[] ranges) : MatchPredicate
    {
        public override bool IsMatch(in MatchData data)
        {
            var text = Scratch.Matched;
            return input(data, text) && Proxy.Addresses.IpAddress.TryParse(text.Written, out var address)
                && Array.Exists(ranges, range => range.Contains(address));
        }
    }

    /// <summary>An expression that is true.</summary>
    internal sealed class Expression(Cel.CelProgram program) : MatchPredicate
    {
        public override bool IsMatch(in MatchData data) =>
            program.IsTrue(data.Info, AccessLog.AccessLogType.NotSet);
    }

    internal sealed class All(ImmutableArray<MatchPredicate> predicates) : MatchPredicate
    {
        public override bool IsMatch(in MatchData data)
        {
            foreach (var predicate in predicates)
            {
                if (!predicate.IsMatch(data))
                {
                    return false;
                }
            }
            return true;
        }
    }

    internal sealed class Any(ImmutableArray<MatchPredicate> predicates) : MatchPredicate
    {
        public override bool IsMatch(in MatchData data)
        {
            foreach (var predicate in predicates)
            {
                if (predicate.IsMatch(data))
                {
                    return true;
                }
            }
            return false;
        }
    }

    internal sealed class Not(MatchPredicate predicate) : MatchPredicate
    {
        public override bool IsMatch(in MatchData data) => !predicate.IsMatch(data);
    }
}
