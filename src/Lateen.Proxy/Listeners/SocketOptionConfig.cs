namespace Lateen.Proxy.Listeners;

/// <summary>A raw socket option. Source: <c>core.v3.SocketOption</c>.</summary>
/// <param name="Level">First argument of setsockopt(2) after the socket.</param>
/// <param name="Name">Option number.</param>
/// <param name="IntValue">Value, when <paramref name="Bytes"/> is null.</param>
/// <param name="Bytes">Value as bytes.</param>
/// <param name="State">0 before bind, 1 when bound, 2 when listening.</param>
internal sealed record SocketOptionConfig(int Level, int Name, int IntValue, byte[]? Bytes, int State);
