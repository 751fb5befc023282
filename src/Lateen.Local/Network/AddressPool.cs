using System.Security.Cryptography;
using System.Text;

namespace Lateen.Local.Network;

/// <summary>Hands out numbers of a range by name: the same name gets the same number whenever it is free.</summary>
internal sealed class AddressPool(int first, int last)
{
    private readonly Dictionary<string, int> _byName = [];
    private readonly HashSet<int> _taken = [];

    /// <summary>The number of this name.</summary>
    /// <exception cref="LocalException">All are taken.</exception>
    public int Take(string name)
    {
        if (_byName.TryGetValue(name, out var number))
        {
            return number;
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        var size = last - first + 1;
        var start = (int)(BitConverter.ToUInt32(hash) % (uint)size);
        for (var i = 0; i < size; i++)
        {
            number = first + ((start + i) % size);
            if (_taken.Add(number))
            {
                _byName[name] = number;
                return number;
            }
        }

        throw new LocalException($"all {size} addresses of the range are taken");
    }

    public void Release(string name)
    {
        if (_byName.Remove(name, out var number))
        {
            _taken.Remove(number);
        }
    }
}
