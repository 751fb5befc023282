namespace Lateen.Proxy.Filters;

/// <summary>
/// An HTTP filter that is known and does nothing to a request here: grpc_stats, whose counters are not kept yet, and
/// grpc_web, which
/// only concerns gRPC-Web clients.
/// </summary>
internal sealed class PassThroughFilter : HttpFilter;
