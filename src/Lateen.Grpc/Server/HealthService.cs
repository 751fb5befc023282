using Google.Protobuf;

namespace Lateen.Grpc.Server;

/// <summary>
/// The health check of gRPC (grpc.health.v1, method Check), which Kubernetes' probes use. Every service of the server,
/// and the empty name for the server itself, answer the same.
/// </summary>
public static class HealthService
{
    private const int Serving = 1;
    private const int NotServing = 2;

    /// <summary>Adds the service.</summary>
    /// <param name="services">The server's services.</param>
    /// <param name="isServing">Whether the server is ready; any thread.</param>
    public static void AddTo(GrpcServices services, Func<bool> isServing)
    {
        services.AddUnary(GrpcMethod.Bytes("grpc.health.v1.Health", "Check"), (request, _) =>
        {
            var name = ReadService(request.ToArray());
            if (name.Length > 0 && !services.ServiceNames.Contains(name))
            {
                throw new GrpcException(GrpcStatusCode.NotFound, $"service '{name}' is not known here");
            }

            // HealthCheckResponse: field 1, an enumeration.
            return Task.FromResult(new GrpcPayload(new byte[] { 0x08, (byte)(isServing() ? Serving : NotServing) }));
        });
    }

    private static string ReadService(byte[] request)
    {
        using var input = new CodedInputStream(request);
        uint tag;
        while ((tag = input.ReadTag()) != 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == 1)
            {
                return input.ReadString();
            }

            input.SkipLastField();
        }

        return "";
    }
}
