namespace Lateen.Proxy.Listeners;

/// <summary>Which way the traffic of a listener goes, seen from the workload.</summary>
internal enum TrafficDirection : byte
{
    Unspecified,
    Inbound,
    Outbound,
}
