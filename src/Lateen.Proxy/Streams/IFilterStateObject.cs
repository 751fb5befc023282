namespace Lateen.Proxy.Streams;

/// <summary>A filter state object that has JSON besides its text.</summary>
internal interface IFilterStateObject
{
    /// <summary>The object as JSON; null: it has none.</summary>
    string? ToJson();

    /// <summary>The object's plain text; null: it has none.</summary>
    string? ToText() => null;

    /// <summary>A field of the object; null: it has none of that name.</summary>
    object? GetField(string name) => null;
}
