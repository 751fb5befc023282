using Istio.V1.Auth;
using Lateen.Citadel;
using Lateen.Grpc;
using Lateen.Grpc.Server;

namespace Lateen.ControlPlane;

/// <summary>Istio's certificate service over gRPC (contract 10.3).</summary>
internal sealed class CertificateGrpcService(CertificateService service, PeerAuthenticator peers)
{
    public void AddTo(GrpcServices services)
    {
        services.AddUnary(
            new GrpcMethod<IstioCertificateRequest, IstioCertificateResponse>(
                "istio.v1.auth.IstioCertificateService",
                "CreateCertificate",
                GrpcCodec.Protobuf(IstioCertificateRequest.Parser),
                GrpcCodec.Protobuf(IstioCertificateResponse.Parser)),
            CreateAsync);
    }

    private async Task<IstioCertificateResponse> CreateAsync(IstioCertificateRequest request, GrpcServerCall call)
    {
        try
        {
            return await service.CreateCertificateAsync(request, peers.CredentialsOf(call), call.Cancellation)
                .ConfigureAwait(false);
        }
        catch (CertificateRefusedException e)
        {
            var code = e.Refusal switch
            {
                CertificateRefusal.Unauthenticated => GrpcStatusCode.Unauthenticated,
                CertificateRefusal.InvalidArgument => GrpcStatusCode.InvalidArgument,
                _ => GrpcStatusCode.Internal,
            };
            throw new GrpcException(code, e.Message);
        }
    }
}
