namespace Lateen.Proxy.Addresses;

/// <summary>An address that many connections have in common, held once.</summary>
internal sealed class SharedAddress(Address value)
{
    public Address Value { get; } = value;
}
