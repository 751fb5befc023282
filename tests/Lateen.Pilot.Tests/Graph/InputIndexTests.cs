using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Tests.Graph;

public sealed class InputIndexTests
{
    private readonly IncrementalGraph _graph = new();
    private readonly InputTable<string, string> _facts;
    private readonly InputIndex<string, string, char, string> _byInitial;
    private readonly Query<char, string> _joined;

    public InputIndexTests()
    {
        _facts = _graph.CreateInput<string, string>("fact");
        // What a bucket holds of a fact is its value up to a slash.
        _byInitial = _facts.AddIndex(
            "byInitial", (k, v) => v.Split(' ').Select(w => (w[0], w.Split('/')[0])), StringComparer.Ordinal);
        _joined = _graph.CreateQuery<char, string>("joined", (c, k) => string.Join(',', _byInitial.Get(c, k)));
    }

    [Fact]
    public void Bucket_HoldsItemsInOrder()
    {
        _facts.Set("1", "pear plum");
        _facts.Set("2", "apple peach");

        Assert.Equal("peach,pear,plum", _joined.Get(_graph.Context, 'p'));
        Assert.Equal("apple", _joined.Get(_graph.Context, 'a'));
        Assert.Equal("", _joined.Get(_graph.Context, 'z'));
    }

    [Fact]
    public void Bucket_OtherBucketChanged_DoesNotRun()
    {
        _facts.Set("1", "pear");
        _joined.Get(_graph.Context, 'p');

        _facts.Set("2", "apple");

        Assert.Equal("pear", _joined.Get(_graph.Context, 'p'));
        Assert.Equal(1, _joined.Runs);
    }

    [Fact]
    public void Bucket_ItemStaysEqual_DoesNotRun()
    {
        _facts.Set("1", "pear/green");
        _joined.Get(_graph.Context, 'p');

        _facts.Set("1", "pear/yellow");

        Assert.Equal("pear", _joined.Get(_graph.Context, 'p'));
        Assert.Equal(1, _joined.Runs);
    }

    [Fact]
    public void Bucket_FactMovesAndGoes_IsFollowed()
    {
        _facts.Set("1", "pear apple");
        Assert.Equal("pear", _joined.Get(_graph.Context, 'p'));

        _facts.Set("1", "banana apple");
        Assert.Equal("", _joined.Get(_graph.Context, 'p'));
        Assert.Equal("banana", _joined.Get(_graph.Context, 'b'));
        Assert.Equal("apple", _joined.Get(_graph.Context, 'a'));

        _facts.Remove("1");
        Assert.Equal("", _joined.Get(_graph.Context, 'b'));
        Assert.Equal("", _joined.Get(_graph.Context, 'a'));
    }

    [Fact]
    public void Bucket_SameItemFromTwoFacts_SurvivesOneOfThem()
    {
        _facts.Set("1", "pear");
        _facts.Set("2", "pear");
        Assert.Equal("pear,pear", _joined.Get(_graph.Context, 'p'));

        _facts.Remove("2");

        Assert.Equal("pear", _joined.Get(_graph.Context, 'p'));
    }

    [Fact]
    public void AddIndex_AfterTheFirstFact_Refuses()
    {
        _facts.Set("1", "pear");

        Assert.Throws<InvalidOperationException>(
            () => _facts.AddIndex("late", (k, v) => new[] { (k, v) }, StringComparer.Ordinal));
    }

    [Fact]
    public void EmptyBucket_Unread_IsEvicted()
    {
        _facts.Set("1", "pear");
        _joined.Get(_graph.Context, 'p');
        _facts.Remove("1");
        var before = _graph.NodeCount;

        _graph.Evict(0);

        Assert.True(_graph.NodeCount < before);
        Assert.Equal(0, _graph.NodeCount);
    }
}
