namespace Lateen.Proxy.Routing;

/// <summary>A rule over the first value of a query parameter, compared as it stands (no percent-decoding).</summary>
internal sealed class QueryParameterMatcher
{
    public required byte[] Name { get; init; }

    /// <summary>Null: presence alone.</summary>
    public StringMatcher? Value { get; init; }

    /// <summary>For presence: whether the parameter must be there.</summary>
    public bool Present { get; init; } = true;

    public bool IsMatch(ReadOnlySpan<byte> path)
    {
        var found = QueryString.TryGet(path, Name, out var value);
        return Value is null ? found == Present : found && Value.IsMatch(value);
    }
}
