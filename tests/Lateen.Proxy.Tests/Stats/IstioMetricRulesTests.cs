using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Stats;

/// <summary>Changes of the tags of Istio's metrics.</summary>
public sealed class IstioMetricRulesTests
{
    private static readonly KeyValuePair<string, string>[] _standard =
        [new("reporter", "source"), new("source_app", "a"), new("response_flags", "-")];

    [Fact]
    public void Apply_RulesInOrder_RemovesSetsAndAppendsSorted()
    {
        var rules = new IstioMetricRules();
        rules.Remove("", "response_flags");
        rules.Set("requests_total", "zone", "'z'");
        rules.Set("requests_total", "area", "'y'");
        rules.Set("", "reporter", "'proxy'");

        var values = rules.Evaluate(new StreamInfo(), out _);

        Assert.Equal(["reporter=proxy", "source_app=a", "area=y", "zone=z"],
            Texts(rules.Apply("requests_total", _standard, values)));
        Assert.Equal(["reporter=proxy", "source_app=a"], Texts(rules.Apply("request_bytes", _standard, values)));
    }

    [Fact]
    public void Set_Unparsable_TakesAStandardTagAway()
    {
        var rules = new IstioMetricRules();
        rules.Set("", "source_app", "cannot _ parse | 0");
        rules.Set("", "own", "cannot _ parse | 0");

        Assert.Equal(["reporter=source", "response_flags=-"], Texts(rules.Apply("requests_total", _standard, [])));
    }

    [Fact]
    public void Evaluate_UnknownName_GivesUnknown()
    {
        var rules = new IstioMetricRules();
        rules.Set("", "source_app", "cannot_evaluate");

        var values = rules.Evaluate(new StreamInfo(), out var key);

        Assert.Equal("unknown", key);
        Assert.Contains("source_app=unknown", Texts(rules.Apply("requests_total", _standard, values)));
    }

    [Fact]
    public void Evict_SeriesThatCountedNothingSince_GoAndAreMadeAnew()
    {
        var stats = new StatsStore(1);
        var store = new IstioSeriesStore(stats, "1");
        var first = store.GetOrAdd(_standard, IstioSeriesStore.Standard);
        first.Add(1, (int)IstioStat.RequestsTotal);

        store.EvictUnused();
        Assert.Same(first, store.GetOrAdd(_standard, IstioSeriesStore.Standard));
        var generation = store.Generation;
        store.EvictUnused();

        Assert.NotEqual(generation, store.Generation);
        Assert.NotSame(first, store.GetOrAdd(_standard, IstioSeriesStore.Standard));
    }

    private static string[] Texts(KeyValuePair<string, string>[] tags) =>
        [.. tags.Select(tag => $"{tag.Key}={tag.Value}")];
}
