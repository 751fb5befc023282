namespace Lateen.Proxy.HealthChecks;

/// <summary>What a health check speaks.</summary>
internal enum HealthCheckKind : byte
{
    Http,
    Tcp,
    Grpc,
    Redis,
    Thrift,
}
