using Envoy.Type.Matcher.V3;

namespace Lateen.Pilot.Security;

/// <summary>Matchers on the dynamic metadata that other filters leave.</summary>
internal static class MetadataMatchers
{
    /// <summary>The matcher for a value under a path.</summary>
    internal static MetadataMatcher Of(string filter, IEnumerable<string> path, ValueMatcher value)
    {
        return new MetadataMatcher
        {
            Filter = filter,
            Path = { path.Select(key => new MetadataMatcher.Types.PathSegment { Key = key }) },
            Value = value,
        };
    }

    /// <summary>Any of the value forms.</summary>
    internal static ValueMatcher AnyOf(IReadOnlyList<string> values)
    {
        return Combine([.. values.Select(value => new ValueMatcher { StringMatch = StringMatchers.Of(value) })]);
    }

    /// <summary>Any of the value forms, where <c>[v]</c> asks for a list that holds <c>v</c>.</summary>
    internal static ValueMatcher AnyOfOrListed(IReadOnlyList<string> values)
    {
        return Combine([.. values.Select(Listed)]);
    }

    private static ValueMatcher Listed(string value)
    {
        var isList = value.Length > 2 && value.StartsWith('[') && value.EndsWith(']');
        var text = new ValueMatcher { StringMatch = StringMatchers.Of(isList ? value[1..^1] : value) };
        return isList ? new ValueMatcher { ListMatch = new ListMatcher { OneOf = text } } : text;
    }

    private static ValueMatcher Combine(ValueMatcher[] matchers)
    {
        return matchers.Length == 1
            ? matchers[0]
            : new ValueMatcher { OrMatch = new OrMatcher { ValueMatchers = { matchers } } };
    }
}
