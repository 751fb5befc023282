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
    public static void AddTo(GrpcServices services, CertificateService service)
    {
        var method = GrpcMethod.Protobuf(
            Service, Method, IstioCertificateRequest.Parser, IstioCertificateResponse.Parser);
        services.AddUnary(method, async (request, call) =>
        {
            try
            {
                return await service.CreateCertificateAsync(request, CredentialsOf(call), call.Cancellation);
            }
            catch (CertificateRefusedException e)
            {
                throw new GrpcException(CodeOf(e.Refusal), e.Message);
            }
        });
    }

    /// <summary>What the caller of a gRPC method shows of itself; discovery asks the same.</summary>
    public static CallerCredentials CredentialsOf(GrpcServerCall call) => new(
        call.RequestHeaders.Get("authorization"),
        call.RequestHeaders.Get("clusterid") ?? "",
        call.ClientCertificate is { } certificate ? [certificate] : []);

    private static GrpcStatusCode CodeOf(CertificateRefusal refusal) => refusal switch
    {
        CertificateRefusal.Unauthenticated => GrpcStatusCode.Unauthenticated,
        CertificateRefusal.InvalidArgument => GrpcStatusCode.InvalidArgument,
        _ => GrpcStatusCode.Internal,
    };
}
