namespace Lateen.Net;

/// <summary>An address that many connections have in common, held once.</summary>
internal sealed class SharedAddress(in NetAddress value)
{
    internal NetAddress Value { get; } = value;
}
