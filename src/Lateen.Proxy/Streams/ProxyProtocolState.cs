namespace Lateen.Proxy.Streams;

/// <summary>A PROXY protocol header that a connection began with.</summary>
/// <param name="Source">Where the connection comes from, as the header has it.</param>
/// <param name="Destination">Where it goes to.</param>
/// <param name="Tlvs">Extensions that may be passed on.</param>
internal sealed record ProxyProtocolState(
    Addresses.Address Source, Addresses.Address Destination, IReadOnlyList<(byte Type, byte[] Value)> Tlvs);
