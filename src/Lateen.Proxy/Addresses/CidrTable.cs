namespace Lateen.Proxy.Addresses;

/// <summary>
/// Finds the value of the longest matching range. Ranges are kept per length, longest first, so that a look-up costs
/// one hash probe per distinct length. IPv4 and IPv6 are apart. Filled by one thread before others look things up.
/// </summary>
internal sealed class CidrTable<T>
    where T : class
{
    private readonly List<Level> _v4 = [];
    private readonly List<Level> _v6 = [];

    /// <summary>The value of just this range.</summary>
    public T? Find(CidrRange range)
    {
        foreach (var level in range.Address.IsV6 ? _v6 : _v4)
        {
            if (level.Length == range.Length)
            {
                return level.Find(range.Address);
            }
        }
        return null;
    }

    /// <summary>Adds a range, or gives a known one another value.</summary>
    public void Add(CidrRange range, T value)
    {
        var levels = range.Address.IsV6 ? _v6 : _v4;
        var at = 0;
        while (at < levels.Count && levels[at].Length > range.Length)
        {
            at++;
        }
        if (at == levels.Count || levels[at].Length != range.Length)
        {
            levels.Insert(at, new Level(range.Length));
        }
        levels[at].Set(range.Address, value);
    }

    public bool TryMatch(IpAddress address, out T? value)
    {
        value = null;
        if (!address.IsEmpty)
        {
            var levels = address.IsV6 ? _v6 : _v4;
            for (var i = 0; i < levels.Count && value is null; i++)
            {
                value = levels[i].Find(address.Mask(levels[i].Length));
            }
        }
        return value is not null;
    }

    /// <summary>The ranges of one length: a hash table with open addressing, at most half full. A dictionary over such
    /// keys would be compiled while the proxy starts.</summary>
    private sealed class Level(int length)
    {
        private IpAddress[] _keys = new IpAddress[4];
        private T?[] _values = new T?[4];
        private int _count;

        public int Length => length;

        public T? Find(IpAddress address) => _values[IndexOf(address)];

        public void Set(IpAddress address, T value)
        {
            var index = IndexOf(address);
            if (_values[index] is null && ++_count * 2 > _values.Length)
            {
                Grow();
                index = IndexOf(address);
            }
            (_keys[index], _values[index]) = (address, value);
        }

        /// <summary>Where the address is, or where it would be put.</summary>
        private int IndexOf(IpAddress address)
        {
            var mask = _values.Length - 1;
            var index = address.GetHashCode() & mask;
            while (_values[index] is not null && !_keys[index].Equals(address))
            {
                index = (index + 1) & mask;
            }
            return index;
        }

        private void Grow()
        {
            var (keys, values) = (_keys, _values);
            _keys = new IpAddress[keys.Length * 2];
            _values = new T?[values.Length * 2];
            for (var i = 0; i < keys.Length; i++)
            {
                if (values[i] is { } value)
                {
                    var index = IndexOf(keys[i]);
                    (_keys[index], _values[index]) = (keys[i], value);
                }
            }
        }
    }
}
