using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tapping;

/// <summary>Which streams are tapped. Source: <c>tap.v3.MatchPredicate</c>.</summary>
internal abstract class TapMatch
{
    /// <summary>Null as long as it cannot be told.</summary>
    public abstract bool? IsMatch(TapTrace trace);

    /// <summary>Whether connections are tapped, of which nothing is known when they begin: rules over HTTP do not fit
    /// them.</summary>
    public virtual bool FitsConnections => false;

    /// <summary>All streams.</summary>
    internal sealed class Any : TapMatch
    {
        public override bool? IsMatch(TapTrace trace) => true;

        public override bool FitsConnections => true;
    }

    /// <summary>All of the rules, or any of them.</summary>
    internal sealed class Set(TapMatch[] rules, bool isAny) : TapMatch
    {
        public override bool FitsConnections => isAny
            ? Array.Exists(rules, rule => rule.FitsConnections)
            : Array.TrueForAll(rules, rule => rule.FitsConnections);

        public override bool? IsMatch(TapTrace trace)
        {
            var isOpen = false;
            foreach (var rule in rules)
            {
                var known = rule.IsMatch(trace);
                if (known == isAny)
                {
                    return isAny;
                }
                isOpen |= known is null;
            }
            return isOpen ? null : !isAny;
        }
    }

    /// <summary>The opposite of a rule.</summary>
    internal sealed class Not(TapMatch rule) : TapMatch
    {
        public override bool? IsMatch(TapTrace trace) => !rule.IsMatch(trace);

        public override bool FitsConnections => !rule.FitsConnections;
    }

    /// <summary>Rules over headers or trailers, all of which must fit.</summary>
    internal sealed class Headers(TapPart part, HeaderMatcher[] headers) : TapMatch
    {
        public override bool FitsConnections => headers.Length == 0;

        public override bool? IsMatch(TapTrace trace) => trace.Find(part) is { } map
            ? HeaderMatcher.AllMatch(headers, map)
            : trace.IsOver(part) ? false : null;
    }

    /// <summary>Texts that a body must have, all of them, within its first bytes.</summary>
    /// <param name="isResponse">Whose body.</param>
    /// <param name="bytesMax">How far it is searched; zero: as far as bodies are kept.</param>
    /// <param name="patterns">The texts.</param>
    internal sealed class Body(bool isResponse, int bytesMax, byte[][] patterns) : TapMatch
    {
        public override bool? IsMatch(TapTrace trace)
        {
            var body = trace.Searchable(isResponse);
            var isWhole = bytesMax > 0 && body.Length >= bytesMax;
            if (isWhole)
            {
                body = body[..bytesMax];
            }
            foreach (var pattern in patterns)
            {
                if (body.IndexOf(pattern) < 0)
                {
                    return isWhole || trace.IsOver(isResponse ? TapPart.ResponseTrailers : TapPart.RequestTrailers)
                        ? false
                        : null;
                }
            }
            return true;
        }
    }
}

/// <summary>Parts of a stream that rules look at.</summary>
internal enum TapPart
{
    RequestHeaders,
    RequestTrailers,
    ResponseHeaders,
    ResponseTrailers,
}
