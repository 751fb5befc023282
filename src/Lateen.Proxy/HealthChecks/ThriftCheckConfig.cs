namespace Lateen.Proxy.HealthChecks;

/// <summary>What a Thrift check calls. Source: <c>health_checkers.thrift.v3.Thrift</c>.</summary>
/// <param name="Method">Name of the method; it takes nothing.</param>
/// <param name="Transport">How messages are framed.</param>
/// <param name="IsCompact">The compact protocol in place of the binary one.</param>
/// <param name="IsLax">Binary messages may begin without a version.</param>
internal sealed record ThriftCheckConfig(byte[] Method, ThriftTransport Transport, bool IsCompact, bool IsLax);
