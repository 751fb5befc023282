using System.Collections.Immutable;
using Google.Protobuf;
using Lateen.Core.Yaml;

namespace Lateen.Galley;

/// <summary>
/// One configuration object. Immutable by contract: nobody changes <see cref="Spec"/> after the object was made. Two
/// are equal when what they say is equal; where they were read from does not count.
/// </summary>
public sealed class ConfigObject : IEquatable<ConfigObject>
{
    /// <summary>Kind, namespace and name.</summary>
    public required ConfigKey Key { get; init; }

    /// <summary>As written, e.g. <c>networking.istio.io/v1</c>.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>Labels of the object.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = EmptyMap;

    /// <summary>Annotations of the object.</summary>
    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = EmptyMap;

    /// <summary>When it was made; the default (earliest) time when nothing tells.</summary>
    public DateTimeOffset CreationTimestamp { get; init; }

    /// <summary>
    /// The message: of the <c>spec</c> for Istio's kinds, of the whole object for Kubernetes kinds, a struct of the
    /// <c>spec</c> for others (see <see cref="ConfigKind.Form"/>).
    /// </summary>
    public required IMessage Spec { get; init; }

    /// <summary>The document it was read from; null for objects that were made in code.</summary>
    public YamlNode? Raw { get; init; }

    /// <summary>Where it was written.</summary>
    public SourcePosition Position => Raw?.Position ?? default;

    /// <summary>Its kind.</summary>
    public ConfigKind Kind => Key.Kind;

    /// <summary>Its namespace; empty for kinds without.</summary>
    public string Namespace => Key.Namespace;

    /// <summary>Its name.</summary>
    public string Name => Key.Name;

    /// <summary>No entries, in the order that all maps of objects have.</summary>
    public static ImmutableSortedDictionary<string, string> EmptyMap { get; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The message as its own type.</summary>
    public T As<T>()
        where T : IMessage => (T)Spec;

    /// <inheritdoc/>
    public bool Equals(ConfigObject? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Key == other.Key && ApiVersion == other.ApiVersion
            && CreationTimestamp == other.CreationTimestamp && SameMap(Labels, other.Labels)
            && SameMap(Annotations, other.Annotations) && Spec.Equals(other.Spec));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ConfigObject);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Key, Labels.Count, Spec);

    /// <inheritdoc/>
    public override string ToString() => Key.ToString();

    private static bool SameMap(
        ImmutableSortedDictionary<string, string> a, ImmutableSortedDictionary<string, string> b) =>
        ReferenceEquals(a, b) || (a.Count == b.Count && a.SequenceEqual(b));
}
