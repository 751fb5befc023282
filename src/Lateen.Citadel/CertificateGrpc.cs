using Istio.V1.Auth;
using Lateen.Grpc;
using Lateen.Grpc.Server;
using Lateen.Security.Authentication;

namespace Lateen.Citadel;

/// <summary>Offers the certificate service over gRPC, under Istio's name.</summary>
public static class CertificateGrpc
{
    private const string Service = "istio.v1.auth.IstioCertificateService";
    private const string Method = "CreateCertificate";

    /// <summary>Adds the service to those of a server.</summary>
    /// <param name="services">The server's services.</param>
    /// <param name="service">The service.</param>
    /// <param name="peers">What the server's TLS has noted of its clients.</param>
    public static void AddTo(GrpcServices services, CertificateService service, PeerCertificates peers)
    {
        var method = GrpcMethod.Protobuf(
            Service, Method, IstioCertificateRequest.Parser, IstioCertificateResponse.Parser);
        services.AddUnary(method, async (request, call) =>
        {
            try
            {
                return await service.CreateCertificateAsync(request, CredentialsOf(call, peers), call.Cancellation);
            }
            catch (CertificateRefusedException e)
            {
                throw new GrpcException(CodeOf(e.Refusal), e.Message);
            }
        });
    }

    /// <summary>What the caller of a gRPC method shows of itself; discovery asks the same.</summary>
    public static CallerCredentials CredentialsOf(GrpcServerCall call, PeerCertificates peers)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(peers);
        return new CallerCredentials(
            call.RequestHeaders.Get("authorization"),
            call.RequestHeaders.Get("clusterid") ?? "",
            peers.ChainOf(call.ClientCertificate));
    }

    private static GrpcStatusCode CodeOf(CertificateRefusal refusal) => refusal switch
    {
        CertificateRefusal.Unauthenticated => GrpcStatusCode.Unauthenticated,
        CertificateRefusal.InvalidArgument => GrpcStatusCode.InvalidArgument,
        _ => GrpcStatusCode.Internal,
    };
}
