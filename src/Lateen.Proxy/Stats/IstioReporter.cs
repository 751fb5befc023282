namespace Lateen.Proxy.Stats;

/// <summary>Which side reports Istio's metrics.</summary>
internal enum IstioReporter : byte
{
    Source,
    Destination,
    Waypoint,
}
