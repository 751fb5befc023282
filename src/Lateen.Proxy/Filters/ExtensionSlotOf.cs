using Google.Protobuf.WellKnownTypes;
using Lateen.Core;
using Lateen.Proxy.Discovery;

namespace Lateen.Proxy.Filters;

/// <summary>The place of a filter of one kind. A stream or connection takes <see cref="Active"/> once and stays with
/// it.</summary>
internal sealed class ExtensionSlotOf<T>(string name, DiscoverySource source) : ExtensionSlot(name, source)
    where T : class
{
    private T? _current;

    /// <summary>What serves where nothing was discovered; null: what needs the filter is refused.</summary>
    public T? Default { get; init; }

    /// <summary>Makes the filter of a configuration; null with the errors when it cannot be had.</summary>
    public required Func<Any, List<ConfigError>, T?> Build { get; init; }

    /// <summary>The filter in force; null: there is none.</summary>
    public T? Active => Volatile.Read(ref _current) ?? Default;

    protected override bool HasCurrent => Volatile.Read(ref _current) is not null;

    public override Action? Prepare(Any config, List<ConfigError> errors) =>
        Build(config, errors) is { } filter ? () => Volatile.Write(ref _current, filter) : null;

    public override void Clear() => Volatile.Write(ref _current, null);
}
