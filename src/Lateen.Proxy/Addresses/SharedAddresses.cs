namespace Lateen.Proxy.Addresses;

/// <summary>One worker's memory of the addresses that connections were meant for: there are few, and many connections
/// to each. One that has been forgotten is held twice, no more.</summary>
internal sealed class SharedAddresses
{
    private const int CountMax = 64;

    private readonly SharedAddress?[] _addresses = new SharedAddress?[CountMax];

    internal SharedAddress Get(Address address)
    {
        ref var known = ref _addresses[(uint)address.GetHashCode() % CountMax];
        if (known is null || !known.Value.Equals(address))
        {
            known = new SharedAddress(address);
        }

        return known;
    }
}
