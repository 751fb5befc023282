namespace Lateen.Cli.ProxyConfig;

/// <summary>
/// A cluster's name in Istio's form <c>direction|port|subset|host</c>, or any other name, which counts as its host.
/// </summary>
internal sealed record ClusterName(bool IsIstio, string Direction, int Port, string Subset, string Host)
    : IComparable<ClusterName>
{
    internal static ClusterName Parse(string name)
    {
        var parts = name.Split('|');
        if (parts.Length < 4)
        {
            return new ClusterName(false, "", 0, "", name);
        }

        return new ClusterName(
            true, parts[0], int.TryParse(parts[1], out var port) ? port : 0, parts[2], parts[3]);
    }

    /// <summary>By host, subset, port, direction.</summary>
    public int CompareTo(ClusterName? other)
    {
        if (other is null)
        {
            return 1;
        }

        var order = string.CompareOrdinal(Host, other.Host);
        order = order != 0 ? order : string.CompareOrdinal(Subset, other.Subset);
        order = order != 0 ? order : Port.CompareTo(other.Port);
        return order != 0 ? order : string.CompareOrdinal(Direction, other.Direction);
    }
}
