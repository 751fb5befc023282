namespace Lateen.Proxy.Stats;

/// <summary>Istio's standard histograms.</summary>
internal enum IstioHistogram
{
    RequestDurationMilliseconds,
    RequestBytes,
    ResponseBytes,
}
