using System.Runtime.CompilerServices;

namespace Lateen.Proxy.Stats;

/// <summary>The scopes of a store by prefix and layout, chained through the scopes themselves. Under the store's
/// lock.</summary>
internal sealed class ScopeTable
{
    private StatsScope?[] _chains = new StatsScope?[64];
    private int _count;

    public IEnumerable<StatsScope> All
    {
        get
        {
            foreach (var first in _chains)
            {
                for (var scope = first; scope is not null; scope = scope.Next)
                {
                    yield return scope;
                }
            }
        }
    }

    /// <summary>The scope whose prefix is these texts one after the other; null when there is none.</summary>
    public StatsScope? Find(string head, string name, string tail, StatLayout layout)
    {
        var hash = Hash(head, name, tail, layout);
        for (var scope = _chains[hash & (_chains.Length - 1)]; scope is not null; scope = scope.Next)
        {
            if (scope.Hash == hash && scope.Is(head, name, tail, layout))
            {
                return scope;
            }
        }
        return null;
    }

    public void Add(StatsScope scope)
    {
        if (_count >= _chains.Length)
        {
            var all = All.ToArray();
            _chains = new StatsScope?[_chains.Length * 2];
            foreach (var old in all)
            {
                Chain(old);
            }
        }
        scope.Hash = Hash(scope.Name.Head, scope.Name.Middle, scope.Name.Tail, scope.Layout);
        Chain(scope);
        _count++;
    }

    public void Remove(StatsScope scope)
    {
        ref var place = ref _chains[scope.Hash & (_chains.Length - 1)];
        if (ReferenceEquals(place, scope))
        {
            place = scope.Next;
            _count--;
            return;
        }
        for (var before = place; before is not null; before = before.Next)
        {
            if (ReferenceEquals(before.Next, scope))
            {
                before.Next = scope.Next;
                _count--;
                return;
            }
        }
    }

    private void Chain(StatsScope scope)
    {
        ref var place = ref _chains[scope.Hash & (_chains.Length - 1)];
        scope.Next = place;
        place = scope;
    }

    private static int Hash(string head, string name, string tail, StatLayout layout)
    {
        var hash = (uint)RuntimeHelpers.GetHashCode(layout);
        hash = Add(Add(Add(hash, head), name), tail);
        return (int)(hash ^ (hash >> 15));
    }

    private static uint Add(uint hash, string text)
    {
        foreach (var c in text)
        {
            hash = (hash ^ c) * 16777619;
        }
        return hash;
    }
}
