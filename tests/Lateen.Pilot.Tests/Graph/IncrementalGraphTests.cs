using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Tests.Graph;

public sealed class IncrementalGraphTests
{
    private readonly IncrementalGraph _graph = new();
    private readonly InputTable<string, string> _facts;
    private readonly List<string> _runs = [];

    public IncrementalGraphTests()
    {
        _facts = _graph.CreateInput<string, string>("fact");
        _graph.RunObserver = _runs.Add;
    }

    [Fact]
    public void Query_ReadTwice_RunsOnce()
    {
        var length = _graph.CreateQuery<string, int>("length", (c, k) => _facts.Get(c, k)?.Length ?? -1);
        _facts.Set("a", "abc");

        Assert.Equal(3, length.Get(_graph.Context, "a"));
        Assert.Equal(3, length.Get(_graph.Context, "a"));

        Assert.Equal(["length(a)"], _runs);
        Assert.Equal(1, length.Runs);
    }

    [Fact]
    public void Query_FactChanged_RunsOnlyItsReaders()
    {
        var length = _graph.CreateQuery<string, int>("length", (c, k) => _facts.Get(c, k)?.Length ?? -1);
        _facts.Set("a", "abc");
        _facts.Set("b", "xy");
        length.Get(_graph.Context, "a");
        length.Get(_graph.Context, "b");
        _runs.Clear();

        _facts.Set("b", "xyz");

        Assert.Equal(3, length.Get(_graph.Context, "a"));
        Assert.Equal(3, length.Get(_graph.Context, "b"));
        Assert.Equal(["length(b)"], _runs);
    }

    [Fact]
    public void Query_EqualResult_StopsTheChange()
    {
        var length = _graph.CreateQuery<string, int>("length", (c, k) => _facts.Get(c, k)?.Length ?? -1);
        var twice = _graph.CreateQuery<string, int>("twice", (c, k) => 2 * length.Get(c, k));
        _facts.Set("a", "abc");
        Assert.Equal(6, twice.Get(_graph.Context, "a"));
        _runs.Clear();

        _facts.Set("a", "xyz");

        Assert.Equal(6, twice.Get(_graph.Context, "a"));
        Assert.Equal(["length(a)"], _runs);
        Assert.Equal(1, _graph.Counters.Unchanged);
        Assert.Equal(1, _graph.Counters.Verified);
    }

    [Fact]
    public void Query_EqualResult_KeepsTheOldObject()
    {
        var words = _graph.CreateQuery<string, EquatableArray<string>>(
            "words", (c, k) => (_facts.Get(c, k) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .ToEquatable());
        _facts.Set("a", "one two");
        var first = words.Get(_graph.Context, "a");

        _facts.Set("a", "one  two");

        Assert.True(words.Get(_graph.Context, "a").Items == first.Items, "same array");
        Assert.Equal(2, words.Runs);
    }

    [Fact]
    public void Fact_SetToEqualValue_IsNoChange()
    {
        _facts.Set("a", "abc");
        var revision = _graph.Revision;

        Assert.False(_facts.Set("a", new string("abc".AsSpan())));

        Assert.Equal(revision, _graph.Revision);
    }

    [Fact]
    public void AbsentFact_ArrivesAndGoes_IsSeen()
    {
        var present = _graph.CreateQuery<string, bool>("present", (c, k) => _facts.Get(c, k) is not null);
        Assert.False(present.Get(_graph.Context, "a"));

        _facts.Set("a", "x");
        Assert.True(present.Get(_graph.Context, "a"));

        Assert.True(_facts.Remove("a"));
        Assert.False(present.Get(_graph.Context, "a"));
        Assert.False(_facts.Remove("a"));
        Assert.False(_facts.Remove("never"));
    }

    [Fact]
    public void Dependencies_ChangeWithTheData_AreFollowed()
    {
        var follow = _graph.CreateQuery<string, string?>(
            "follow", (c, k) => _facts.Get(c, k) is { } next ? _facts.Get(c, next) : null);
        _facts.Set("pointer", "a");
        _facts.Set("a", "1");
        _facts.Set("b", "2");
        Assert.Equal("1", follow.Get(_graph.Context, "pointer"));

        _facts.Set("pointer", "b");
        Assert.Equal("2", follow.Get(_graph.Context, "pointer"));
        _runs.Clear();

        _facts.Set("a", "no longer read");
        Assert.Equal("2", follow.Get(_graph.Context, "pointer"));
        Assert.Empty(_runs);
    }

    /// <summary>The second dependency only makes sense while the first says so: it must not run once the first
    /// changed.</summary>
    [Fact]
    public void Dependencies_AreVerifiedInReadOrder()
    {
        var guarded = _graph.CreateQuery<string, string>("guarded", (c, k) => _facts.Get(c, k)
            ?? throw new InvalidOperationException("must not run"));
        var gate = _graph.CreateQuery<string, string>("gate", (c, _) =>
            _facts.Get(c, "open") is not null ? guarded.Get(c, "inside") : "closed");
        _facts.Set("open", "yes");
        _facts.Set("inside", "treasure");
        Assert.Equal("treasure", gate.Get(_graph.Context, ""));
        _runs.Clear();

        _facts.Remove("inside");
        _facts.Remove("open");

        Assert.Equal("closed", gate.Get(_graph.Context, ""));
        Assert.Equal(["gate()"], _runs);
    }

    [Fact]
    public void Diamond_OneChange_RunsEachQueryOnce()
    {
        var bottom = _graph.CreateQuery<int, int>("bottom", (c, _) => int.Parse(_facts.Get(c, "n")!, null));
        var left = _graph.CreateQuery<int, int>("left", (c, k) => bottom.Get(c, k) + 1);
        var right = _graph.CreateQuery<int, int>("right", (c, k) => bottom.Get(c, k) * 2);
        var top = _graph.CreateQuery<int, int>("top", (c, k) => left.Get(c, k) + right.Get(c, k));
        _facts.Set("n", "1");
        Assert.Equal(4, top.Get(_graph.Context, 0));
        _runs.Clear();

        _facts.Set("n", "5");

        Assert.Equal(16, top.Get(_graph.Context, 0));
        Assert.Equal(["bottom(0)", "left(0)", "right(0)", "top(0)"], _runs.Order());
    }

    [Fact]
    public void Failure_IsRememberedUntilSomethingChanges()
    {
        var number = _graph.CreateQuery<string, int>("number", (c, k) => int.Parse(_facts.Get(c, k)!, null));
        var safe = _graph.CreateQuery<string, int>("safe", (c, k) => number.TryGet(c, k, out var n, out _) ? n : -1);
        _facts.Set("a", "not a number");

        Assert.Equal(-1, safe.Get(_graph.Context, "a"));
        Assert.Throws<FormatException>(() => number.Get(_graph.Context, "a"));
        Assert.Equal(1, number.Runs);

        _facts.Set("a", "7");
        Assert.Equal(7, safe.Get(_graph.Context, "a"));
    }

    [Fact]
    public void Cycle_IsAnErrorThatNamesIt()
    {
        Query<string, string>? next = null;
        next = _graph.CreateQuery<string, string>("next", (c, k) =>
            _facts.Get(c, k) is { } to ? next!.Get(c, to) : k);
        _facts.Set("a", "b");
        _facts.Set("b", "c");
        _facts.Set("c", "b");

        var error = Assert.Throws<QueryCycleException>(() => next.Get(_graph.Context, "a"));

        Assert.Equal(["next(b)", "next(c)", "next(b)"], error.Path);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    public void Cycle_Broken_HealsWhoeverIsReadFirst(string first)
    {
        Query<string, string>? next = null;
        next = _graph.CreateQuery<string, string>("next", (c, k) =>
            _facts.Get(c, k) is { } to ? next!.Get(c, to) : k);
        _facts.Set("a", "b");
        _facts.Set("b", "a");
        Assert.Throws<QueryCycleException>(() => next.Get(_graph.Context, "a"));
        Assert.Throws<QueryCycleException>(() => next.Get(_graph.Context, "b"));

        _facts.Remove("b");

        Assert.Equal("b", next.Get(_graph.Context, first));
        Assert.Equal("b", next.Get(_graph.Context, "a"));
        Assert.Equal("b", next.Get(_graph.Context, "b"));
    }

    [Fact]
    public void Query_ThatWrites_Fails()
    {
        var writer = _graph.CreateQuery<int, bool>("writer", (_, _) => _facts.Set("x", "y"));

        var error = Assert.Throws<InvalidOperationException>(() => writer.Get(_graph.Context, 0));

        Assert.Contains("writer(0)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Observation_TellsOnceAfterAChangeBelow()
    {
        var length = _graph.CreateQuery<string, int>("length", (c, k) => _facts.Get(c, k)?.Length ?? -1);
        _facts.Set("a", "abc");
        using var a = length.Observe("a");
        using var b = length.Observe("b");
        Assert.Empty(_graph.TakeSuspects());

        _facts.Set("a", "abcd");
        _facts.Set("a", "abcde");

        Assert.Equal([a], _graph.TakeSuspects());
        Assert.True(a.IsSuspect);
        Assert.False(b.IsSuspect);
        Assert.Empty(_graph.TakeSuspects());
    }

    [Fact]
    public void Evict_DropsUnreadResultsAndWhatOnlyTheyNeeded()
    {
        var length = _graph.CreateQuery<string, int>("length", (c, k) => _facts.Get(c, k)?.Length ?? -1);
        var twice = _graph.CreateQuery<string, int>("twice", (c, k) => 2 * length.Get(c, k));
        _facts.Set("kept", "x");
        twice.Get(_graph.Context, "kept");
        twice.Get(_graph.Context, "gone");
        using var observation = twice.Observe("kept");

        var evicted = _graph.Evict(0);

        // twice(gone), length(gone) and the absent fact itself.
        Assert.Equal(3, evicted);
        Assert.Equal(1, twice.MemoCount);
        Assert.Equal(1, _facts.Count);
        _facts.Set("gone", "now here");
        Assert.Equal(16, twice.Get(_graph.Context, "gone"));
    }

    [Fact]
    public void Evict_LeavesWhatWasReadLately()
    {
        var length = _graph.CreateQuery<string, int>("length", (c, k) => _facts.Get(c, k)?.Length ?? -1);
        length.Get(_graph.Context, "old");
        _facts.Set("x", "1");
        _facts.Set("x", "2");
        length.Get(_graph.Context, "new");

        _graph.Evict(2);

        Assert.Equal(1, length.MemoCount);
    }

    [Fact]
    public void Trim_OverTheLimit_EvictsAndCounts()
    {
        var graph = new IncrementalGraph(maxNodes: 10);
        var self = graph.CreateQuery<int, int>("self", (_, k) => k);
        for (var i = 0; i < 10; i++)
        {
            self.Get(graph.Context, i);
        }
        Assert.Equal(0, graph.Trim());

        self.Get(graph.Context, 10);

        Assert.Equal(11, graph.Trim());
        Assert.Equal(1, graph.Counters.LimitHits);
    }

    [Fact]
    public async Task Graph_UsedByTwoThreads_Refuses()
    {
        using var inside = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        var slow = _graph.CreateQuery<int, int>("slow", (_, k) =>
        {
            inside.Set();
            leave.Wait(TestContext.Deadline);
            return k;
        });
        var other = Task.Run(() => slow.Get(_graph.Context, 1));
        inside.Wait(TestContext.Deadline);

        Assert.Throws<InvalidOperationException>(() => slow.Get(_graph.Context, 2));

        leave.Set();
        Assert.Equal(1, await other);
    }

    [Fact]
    public void DependentsOf_NamesAllResultsAbove()
    {
        var length = _graph.CreateQuery<string, int>("length", (c, k) => _facts.Get(c, k)?.Length ?? -1);
        var twice = _graph.CreateQuery<string, int>("twice", (c, k) => 2 * length.Get(c, k));
        _facts.Set("a", "abc");
        twice.Get(_graph.Context, "a");

        Assert.Equal(["length(a)", "twice(a)"], _facts.DependentsOf("a"));
    }

    /// <summary>Random facts, random pointers, random reads: the graph must always agree with a plain
    /// computation.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Graph_RandomChanges_AgreesWithPlainComputation(int seed)
    {
        var random = new Random(seed);
        var numbers = _graph.CreateInput<int, string>("number");
        Query<int, long>? sum = null;
        sum = _graph.CreateQuery<int, long>("sum", (c, k) =>
        {
            var own = numbers.Get(c, k) is { } text ? int.Parse(text, null) : 0;
            return k == 0 ? own : (own % 5) + (own % 2 == 0 ? sum!.Get(c, k / 2) : sum!.Get(c, Math.Max(0, k - 3)));
        });
        var plain = new Dictionary<int, int>();
        long Plain(int k)
        {
            var own = plain.GetValueOrDefault(k);
            return k == 0 ? own : (own % 5) + Plain(own % 2 == 0 ? k / 2 : Math.Max(0, k - 3));
        }

        for (var step = 0; step < 3000; step++)
        {
            var key = random.Next(60);
            switch (random.Next(4))
            {
                case 0:
                    plain[key] = random.Next(100);
                    numbers.Set(key, plain[key].ToString(System.Globalization.CultureInfo.InvariantCulture));
                    break;
                case 1 when random.Next(5) == 0:
                    plain.Remove(key);
                    numbers.Remove(key);
                    break;
                case 2 when random.Next(20) == 0:
                    _graph.Evict(random.Next(50));
                    break;
                default:
                    Assert.Equal(Plain(key), sum.Get(_graph.Context, key));
                    break;
            }
        }
    }

    private static class TestContext
    {
        public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    }
}
