using Lateen.Pilot.Graph;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Serving;

/// <summary>A part that is the result of one query.</summary>
internal sealed class ServedList<TKey> : ServedSet
    where TKey : notnull
{
    private readonly Query<TKey, ResourceList> _query;
    private readonly TKey _key;
    private readonly Observation _observation;
    private Dictionary<string, XdsResource> _current = [];
    private ResourceList? _last;
    private string? _failure;

    public ServedList(ResourcePart part, Query<TKey, ResourceList> query, TKey key)
        : base(part)
    {
        _query = query;
        _key = key;
        _observation = Watch(query.Observe(key));
    }

    public override IEnumerable<string> Problems
        => _failure is null ? _last?.Problems.Items ?? [] : [_failure];

    public override void Suspect(Observation observation)
    {
        // The whole is looked at in any case.
    }

    public override int Refresh(QueryContext context, XdsPush push)
    {
        // What cannot be generated stays as it was last.
        _failure = _query.TryGet(context, _key, out var list, out var failure) ? null
            : $"{_query.Name} of {_key} cannot be made anew: {failure!.Message}";
        if (_failure is not null || ReferenceEquals(list, _last))
        {
            return 0;
        }
        _last = list;
        var upserts = new List<XdsResource>();
        var next = new Dictionary<string, XdsResource>(list.Resources.Count, StringComparer.Ordinal);
        foreach (var resource in list.Resources)
        {
            next[resource.Name] = resource;
            if (!_current.Remove(resource.Name, out var before) || !before.Equals(resource))
            {
                upserts.Add(resource);
            }
        }
        List<string> removals = [.. _current.Keys];
        _current = next;
        if (upserts.Count > 0 || removals.Count > 0)
        {
            push.Add(Resources, upserts, removals);
        }
        return upserts.Count + removals.Count;
    }

    public override void Dispose() => Unwatch(_observation);
}
