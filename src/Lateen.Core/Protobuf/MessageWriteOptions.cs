using Google.Protobuf.Reflection;

namespace Lateen.Core.Protobuf;

/// <summary>How messages are written.</summary>
public sealed record MessageWriteOptions
{
    /// <summary>Protobuf JSON: camelCase, fields in the order of their numbers, no types for <c>Any</c>.</summary>
    public static MessageWriteOptions Default { get; } = new();

    /// <summary>Whether fields have their declared name (<c>match_labels</c>) instead of camelCase.</summary>
    public bool DeclaredNames { get; init; }

    /// <summary>Whether fields stand in alphabetical order; keys of maps always do.</summary>
    public bool SortFields { get; init; }

    /// <summary>Whether numbers, texts, booleans, enums, lists and maps are written although they are unset.</summary>
    public bool AlwaysPrintPrimitives { get; init; }

    /// <summary>Whether values of enums are written as their numbers.</summary>
    public bool EnumsAsNumbers { get; init; }

    /// <summary>Whether the keys of maps stay as they came instead of being sorted.</summary>
    public bool KeepsMapOrder { get; init; }

    /// <summary>Whether texts that are no UTF-8 are refused.</summary>
    public bool StrictTexts { get; init; }

    /// <summary>The messages that an <c>Any</c> may hold; others are written with their bytes.</summary>
    public TypeRegistry Types { get; init; } = TypeRegistry.Empty;

    /// <summary>Finds further messages by their full name; asked for what <see cref="Types"/> lacks.</summary>
    public Func<string, MessageSchema?>? FindType { get; init; }

    internal MessageSchema? Find(string name) =>
        Types.Find(name) is { } known ? ApiSchema.Of(known) : FindType?.Invoke(name);
}
