using Google.Protobuf.Reflection;

namespace Lateen.Core.Protobuf;

/// <summary>How strict a reader of messages is.</summary>
public sealed record MessageReadOptions
{
    /// <summary>Strict protobuf JSON, without any types for <c>Any</c>.</summary>
    public static MessageReadOptions Strict { get; } = new();

    /// <summary>For objects written by people for Istio: Go's durations are accepted too.</summary>
    public static MessageReadOptions Istio { get; } = new() { GoDurations = true };

    /// <summary>For Kubernetes objects, of which only a part is modelled.</summary>
    public static MessageReadOptions Kubernetes { get; } = new() { IgnoreUnknownFields = true };

    /// <summary>Whether fields that the message does not have are passed over instead of reported.</summary>
    public bool IgnoreUnknownFields { get; init; }

    /// <summary>Whether durations such as <c>1h30m</c> and <c>20ms</c> are read beside <c>1.5s</c>.</summary>
    public bool GoDurations { get; init; }

    /// <summary>Whether durations are also read as <c>{seconds: 1, nanos: 0}</c>, as Envoy does.</summary>
    public bool DurationMaps { get; init; }

    /// <summary>Whether values of enums are read in any case.</summary>
    public bool IgnoreCase { get; init; }

    /// <summary>Whether errors name fields as they are declared (<c>static_resources</c>) and not as in JSON.</summary>
    public bool DeclaredNames { get; init; }

    /// <summary>The messages that an <c>Any</c> may hold.</summary>
    public TypeRegistry Types { get; init; } = TypeRegistry.Empty;

    /// <summary>Finds further messages by their full name; asked for what <see cref="Types"/> lacks.</summary>
    public Func<string, MessageSchema?>? FindType { get; init; }

    internal MessageSchema? Find(string name) =>
        Types.Find(name) is { } known ? ApiSchema.Of(known) : FindType?.Invoke(name) ?? ApiSchema.WellKnown(name);
}
