namespace Lateen.Proxy.Addresses;

/// <summary>
/// Finds the value of the longest matching range. Ranges are kept per length, longest first, so that a look-up costs
/// one
/// hash probe per distinct length. IPv4 and IPv6 are apart.
/// </summary>
internal sealed class CidrTable<T>
    where T : class
{
    private readonly Level[] _v4;
    private readonly Level[] _v6;

    public CidrTable(IEnumerable<(CidrRange Range, T Value)> entries)
    {
        var all = entries.ToArray();
        _v4 = BuildLevels(all.Where(entry => !entry.Range.Address.IsV6));
        _v6 = BuildLevels(all.Where(entry => entry.Range.Address.IsV6));
    }

    public bool TryMatch(IpAddress address, out T? value)
    {
        if (!address.IsEmpty)
        {
            foreach (var level in address.IsV6 ? _v6 : _v4)
            {
                if (level.Values.TryGetValue(address.Mask(level.Length), out value))
                {
                    return true;
                }
            }
        }
        value = null;
        return false;
    }

    private static Level[] BuildLevels(IEnumerable<(CidrRange Range, T Value)> entries)
    {
        return entries
            .GroupBy(entry => entry.Range.Length)
            .OrderByDescending(group => group.Key)
            .Select(group => new Level(group.Key, group.ToDictionary(e => e.Range.Address, e => e.Value)))
            .ToArray();
    }

    private readonly record struct Level(int Length, Dictionary<IpAddress, T> Values);
}
