namespace Lateen.Proxy.Tapping;

/// <summary>Protocol of an address, an enumeration whose first value is TCP.</summary>
internal enum TapProtocol
{
    Tcp,
}
