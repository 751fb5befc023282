using System.Runtime.CompilerServices;

namespace Lateen.Proxy.Stats;

/// <summary>
/// Counters, gauges and histograms below one name prefix. Each worker adds into cells of its own, which it alone writes
/// and which are made at first use; readers sum them. Worker 0 is the main thread, on which configuration and admin
/// run; as most scopes have a few numbers from there alone, those are kept as a short list until the main thread has
/// cells. Gauges are sums of what workers added and took away.
/// </summary>
internal sealed class StatsScope
{
    private const int DynamicCountMax = 4096;
    private const int ScannedMax = 4;

    private readonly StatsScopeKind _kind;
    private readonly string _middle;
    private long[]?[]? _cells;
    private volatile MainStat[] _mainStats = [];
    private volatile DynamicStat[] _dynamicStats = [];
    private StatsScopeRareParts? _rare;
    private int _references = 1;

    internal StatsScope(StatsScopeKind kind, string middle)
    {
        _kind = kind;
        _middle = middle;
    }

    internal StatsStore Store => _kind.Store;

    /// <summary>With the final dot; made at each call.</summary>
    public string Prefix => string.Concat(_kind.Head, _middle, _kind.Tail);

    /// <summary>The parts of the prefix.</summary>
    internal (string Head, string Middle, string Tail) Name => (_kind.Head, _middle, _kind.Tail);

    internal StatLayout Layout => _kind.Layout;

    /// <summary>What few scopes have, made at first use.</summary>
    private StatsScopeRareParts Rare =>
        _rare ?? Interlocked.CompareExchange(ref _rare, new StatsScopeRareParts(), null) ?? _rare!;

    /// <summary>The next of the same chain of the store's table.</summary>
    internal StatsScope? Next { get; set; }

    internal int Hash { get; set; }

    internal bool IsShared => _references > 0;

    /// <summary>Adds to a counter or gauge. Thread: the worker itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int worker, int stat, long amount = 1)
    {
        var cells = _cells?[worker];
        if (cells is null || stat >= cells.Length)
        {
            cells = Grow(worker, stat);
        }
        cells[stat] += amount;
    }

    /// <summary>Sets a gauge from the main thread.</summary>
    public void Set(int stat, long value)
    {
        lock (this)
        {
            if (_cells?[0] is not null)
            {
                Grow(0, stat)[stat] = value;
                return;
            }
            SetMain(stat, value);
        }
    }

    /// <summary>Adds from the main side, where several threads may meet.</summary>
    public void AddFromMain(int stat, long amount = 1)
    {
        lock (this)
        {
            if (_cells?[0] is not null)
            {
                Grow(0, stat)[stat] += amount;
                return;
            }
            SetMain(stat, ReadMain(stat) + amount);
        }
    }

    /// <summary>From now on what comes from the main side is added in place: for what is counted with each request, as
    /// the short list is made anew at each change.</summary>
    public void KeepMainCells()
    {
        lock (this)
        {
            Grow(0, Layout.Names.Length + _dynamicStats.Length - 1);
        }
    }

    /// <summary>Records a value into a histogram of the layout. Thread: the worker itself.</summary>
    public void Record(int worker, int histogram, long value)
    {
        var workers = _rare?.Histograms ?? Rare.MakeHistograms(Store.WorkerCount);
        var cells = workers[worker] ??= new HistogramCells?[Layout.Histograms.Length];
        (cells[histogram] ??= new HistogramCells(Store.GetBounds(Prefix + Layout.Histograms[histogram])))
            .Record(value);
        Store.Samples?.Add(this, histogram, value);
    }

    /// <summary>The full name of a histogram of the layout.</summary>
    public string HistogramName(int histogram) => Prefix + Layout.Histograms[histogram];

    /// <summary>
    /// Index of a statistic that is not in the layout; it is made at the first call and shows from then on. When a
    /// scope holds
    /// 4096 of them, further ones share the last.
    /// </summary>
    public int GetOrAdd(string name, StatKind kind = StatKind.Counter)
    {
        lock (this)
        {
            if (FindDynamic(name) is var index and >= 0)
            {
                return index;
            }
            if (_dynamicStats.Length >= DynamicCountMax)
            {
                return Layout.Names.Length + _dynamicStats.Length - 1;
            }
            index = Layout.Names.Length + _dynamicStats.Length;
            _dynamicStats = [.. _dynamicStats, new DynamicStat(Store.ShareName(name), kind)];
            _rare?.Dynamic?.Add(name, index);
            return index;
        }
    }

    /// <summary>Sets a text from the main side; the latest counts.</summary>
    public void SetText(string name, string value)
    {
        lock (this)
        {
            Rare.Texts = [.. Rare.Texts.Where(text => text.Key != name), new(name, value)];
        }
    }

    /// <summary>The sum over all workers.</summary>
    public long Read(int stat)
    {
        var sum = ReadMain(stat);
        foreach (var worker in _cells ?? [])
        {
            var cells = worker;
            sum += cells is not null && stat < cells.Length ? Volatile.Read(ref cells[stat]) : 0;
        }
        return sum;
    }

    /// <summary>Gives up the scope; its statistics disappear when the last holder does so.</summary>
    public void Release() => Store.Release(this);

    /// <summary>Whether the prefix is these texts one after the other.</summary>
    internal bool Is(string head, string name, string tail, StatLayout layout) => ReferenceEquals(layout, Layout)
        && ((_kind.Head == head && _middle == name && _kind.Tail == tail)
            || Prefix == string.Concat(head, name, tail));

    internal bool Acquire()
    {
        _references++;
        return true;
    }

    /// <summary>Has scopes whose main side was told the same hold it once. Thread: main.</summary>
    internal static void ShareLists(IEnumerable<StatsScope> scopes)
    {
        var mainStats = new HashSet<MainStat[]>(new SequenceComparer<MainStat>());
        var dynamicStats = new HashSet<DynamicStat[]>(new SequenceComparer<DynamicStat>());
        foreach (var scope in scopes)
        {
            lock (scope)
            {
                scope._mainStats = SequenceComparer<MainStat>.Share(mainStats, scope._mainStats);
                scope._dynamicStats = SequenceComparer<DynamicStat>.Share(dynamicStats, scope._dynamicStats);
            }
        }
    }

    internal bool ReleaseReference() => --_references == 0;

    internal void ResetCounters()
    {
        lock (this)
        {
            // What was used stays so, although it begins at 0 again.
            var usedBefore = Rare.UsedBefore ??= [];
            for (var stat = 0; stat < Layout.Names.Length + _dynamicStats.Length; stat++)
            {
                if (Read(stat) != 0)
                {
                    usedBefore.Add(stat);
                }
            }
            _mainStats = [.. _mainStats.Where(main => KindOf(main.Stat) != StatKind.Counter)];
        }
        for (var stat = 0; stat < Layout.Names.Length + _dynamicStats.Length; stat++)
        {
            foreach (var cells in _cells ?? [])
            {
                if (KindOf(stat) == StatKind.Counter && cells is not null && stat < cells.Length)
                {
                    Volatile.Write(ref cells[stat], 0);
                }
            }
        }
    }

    internal void Collect(List<StatSample> samples, StatFilter? filter = null)
    {
        // What only the main side touched was set where it is not zero.
        var isSet = _cells is { } workers && Array.FindIndex(workers, 1, cells => cells is not null) >= 0;
        if (Layout.IsLazy && !isSet)
        {
            return;
        }
        var prefix = Prefix;
        if (filter is not { HistogramsOnly: true })
        {
            CollectNumbers(samples, prefix, isSet, filter);
        }
        for (var i = 0; i < Layout.Histograms.Length; i++)
        {
            if (filter?.IsMatch(prefix, Layout.Histograms[i]) == false)
            {
                continue;
            }
            HistogramCells? merged = null;
            foreach (var worker in _rare?.Histograms ?? [])
            {
                if (worker?[i] is { } cells)
                {
                    (merged ??= new HistogramCells(cells.Bounds)).Merge(cells);
                }
            }
            if (merged is not null
                || (filter is not { HistogramsOnly: true }
                    && !Layout.OptionalHistograms.Contains(Layout.Histograms[i])))
            {
                samples.Add(new StatSample(prefix + Layout.Histograms[i], StatKind.Histogram, 0, merged));
            }
        }
    }

    /// <summary>What counts the active ones of something was used when there were any.</summary>
    private bool IsGaugeUsed(int stat)
    {
        var total = Layout.TotalOf(stat);
        return total < 0 || Read(total) != 0 || _rare?.UsedBefore?.Contains(total) == true;
    }

    private void CollectNumbers(List<StatSample> samples, string prefix, bool isSet, StatFilter? filter)
    {
        bool IsWanted(string name) => filter is null || filter.IsMatch(prefix, name);

        foreach (var (name, kind) in Layout.Idle.Where(idle => IsWanted(idle.Name)))
        {
            samples.Add(new StatSample(prefix + name, kind, 0, null));
        }
        for (var i = 0; i < Layout.Names.Length; i++)
        {
            if (!IsWanted(Layout.Names[i]) || (Layout.IsOptional(i) && Read(i) == 0))
            {
                continue;
            }
            samples.Add(new StatSample(prefix + Layout.Names[i], Layout.Kinds[i], Read(i), null)
            {
                IsSet = _rare?.UsedBefore?.Contains(i) == true
                    || (isSet && Layout.Kinds[i] == StatKind.Gauge && IsGaugeUsed(i)),
            });
        }
        foreach (var (name, text) in (_rare?.Texts ?? []).Where(text => IsWanted(text.Key)))
        {
            samples.Add(new StatSample(prefix + name, StatKind.TextReadout, 0, null, text) { IsSet = text.Length > 0 });
        }
        var dynamicStats = _dynamicStats;
        for (var i = 0; i < dynamicStats.Length; i++)
        {
            var stat = dynamicStats[i];
            if (!IsWanted(stat.Name))
            {
                continue;
            }
            samples.Add(new StatSample(prefix + stat.Name, stat.Kind, Read(Layout.Names.Length + i), null)
            {
                IsSet = _rare?.UsedBefore?.Contains(Layout.Names.Length + i) == true,
            });
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private long[] Grow(int worker, int stat)
    {
        if (_cells is null)
        {
            Interlocked.CompareExchange(ref _cells, new long[]?[Store.WorkerCount + 1], null);
        }
        var cells = _cells[worker];
        if (cells is not null && stat < cells.Length)
        {
            return cells;
        }
        // Only the owning worker replaces its own array, so no increment is lost.
        var grown = new long[Math.Max(Layout.Names.Length, stat + 8)];
        cells?.CopyTo(grown, 0);
        if (worker > 0)
        {
            Volatile.Write(ref _cells[worker], grown);
            return grown;
        }
        lock (this)
        {
            foreach (var main in _mainStats)
            {
                if (main.Stat >= grown.Length)
                {
                    Array.Resize(ref grown, main.Stat + 8);
                }
                grown[main.Stat] += main.Value;
            }
            _mainStats = [];
            Volatile.Write(ref _cells[0], grown);
        }
        return grown;
    }

    /// <summary>Few are looked through, many have a table.</summary>
    private int FindDynamic(string name)
    {
        var stats = _dynamicStats;
        if (stats.Length <= ScannedMax)
        {
            var at = Array.FindIndex(stats, stat => stat.Name == name);
            return at < 0 ? -1 : Layout.Names.Length + at;
        }
        if (Rare.Dynamic is not { } table)
        {
            Rare.Dynamic = table = [];
            for (var i = 0; i < stats.Length; i++)
            {
                table.Add(stats[i].Name, Layout.Names.Length + i);
            }
        }
        return table.TryGetValue(name, out var index) ? index : -1;
    }

    private StatKind KindOf(int stat) => stat < Layout.Names.Length
        ? Layout.Kinds[stat]
        : _dynamicStats[stat - Layout.Names.Length].Kind;

    private long ReadMain(int stat)
    {
        foreach (var main in _mainStats)
        {
            if (main.Stat == stat)
            {
                return main.Value;
            }
        }
        return 0;
    }

    /// <summary>Readers see the list before or after. Under the lock.</summary>
    private void SetMain(int stat, long value)
    {
        var stats = _mainStats;
        var at = Array.FindIndex(stats, main => main.Stat == stat);
        if (at < 0 && value == 0)
        {
            return;
        }
        if (at >= 0)
        {
            stats = [.. stats];
        }
        else
        {
            at = stats.Length;
            Array.Resize(ref stats, at + 1);
        }
        stats[at] = new MainStat(stat, value);
        _mainStats = stats;
    }
}
