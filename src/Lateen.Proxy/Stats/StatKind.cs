namespace Lateen.Proxy.Stats;

/// <summary>What a statistic is.</summary>
internal enum StatKind : byte
{
    Counter,
    Gauge,
    Histogram,
    TextReadout,
}
