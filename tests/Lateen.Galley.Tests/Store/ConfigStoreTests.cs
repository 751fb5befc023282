using Istio.Networking.V1Alpha3;

namespace Lateen.Galley.Tests.Store;

public sealed class ConfigStoreTests
{
    private readonly ConfigStore _store = new();
    private readonly List<ConfigChangeSet> _changes = [];

    public ConfigStoreTests()
    {
        _store.Changed += _changes.Add;
    }

    [Fact]
    public void Update_NewObject_IsTold()
    {
        _store.Update([Rule("a", "x")]);

        var change = Assert.Single(Assert.Single(_changes).Changes);
        Assert.Null(change.Before);
        Assert.Equal("x", change.After!.As<DestinationRule>().Host);
        Assert.Equal(1, _store.Current.Version);
    }

    [Fact]
    public void Update_EqualObject_IsNoChange()
    {
        _store.Update([Rule("a", "x")]);
        var before = _store.Current;

        Assert.False(_store.Update([Rule("a", "x")]));

        Assert.Single(_changes);
        Assert.Same(before, _store.Current);
    }

    [Fact]
    public void Update_ChangeAndRemoval_AreOneStep()
    {
        _store.Update([Rule("a", "x"), Rule("b", "x")]);
        var old = _store.Current;

        _store.Update([Rule("a", "y")], [Rule("b", "x").Key]);

        Assert.Equal(2, _changes[1].Changes.Length);
        Assert.Same(old, _changes[1].Before);
        Assert.Equal(2, old.Count);
        Assert.Equal("y", Assert.Single(_store.Current.List(ConfigKinds.DestinationRule)).As<DestinationRule>().Host);
    }

    [Fact]
    public void Update_RemovedAndAddedAgain_IsNoChangeWhenEqual()
    {
        _store.Update([Rule("a", "x")]);

        Assert.False(_store.Update([Rule("a", "x")], [Rule("a", "x").Key]));
    }

    [Fact]
    public void List_Objects_AreInOrder()
    {
        _store.Update([Rule("b", "x", "n2"), Rule("c", "x", "n1"), Rule("a", "x", "n2")]);

        Assert.Equal(["c", "a", "b"], _store.Current.List(ConfigKinds.DestinationRule).Select(o => o.Name));
        Assert.Equal(["a", "b"], _store.Current.List(ConfigKinds.DestinationRule, "n2").Select(o => o.Name));
    }

    private static ConfigObject Rule(string name, string host, string @namespace = "default") => new()
    {
        Key = new ConfigKey(ConfigKinds.DestinationRule, @namespace, name),
        ApiVersion = "networking.istio.io/v1",
        Spec = new DestinationRule { Host = host },
    };
}
