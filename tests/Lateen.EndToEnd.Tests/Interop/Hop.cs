namespace Lateen.EndToEnd.Tests.Interop;

/// <summary>Where one proxy of a chain listens.</summary>
internal sealed record Hop(int Port, int AdminPort, HopTls Tls);
