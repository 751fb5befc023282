using Lateen.Citadel;
using Lateen.Grpc;
using Lateen.Grpc.Server;
using Lateen.Pilot.Model;
using Lateen.Security.Authentication;
using Lateen.Xds.Server;

namespace Lateen.ControlPlane;

/// <summary>Who the peer of a call is, and whether it may be the proxy that it says it is (contract 5.1).</summary>
internal sealed class PeerAuthenticator(CallerAuthenticator authenticator, PeerCertificates peers, bool checksIdentity)
{
    private const char Separator = ' ';

    /// <summary>The identity of an xDS peer: none over plaintext, refused over TLS when nothing proves it.</summary>
    public async ValueTask<string?> AuthenticateAsync(GrpcServerCall call, CancellationToken cancellation)
    {
        if (!call.IsTls)
        {
            return null;
        }
        var result = await authenticator.AuthenticateAsync(
            CertificateGrpc.CredentialsOf(call, peers), cancellation).ConfigureAwait(false);
        return result.Identity is null
            ? throw new GrpcException(GrpcStatusCode.Unauthenticated, $"authentication failure: {result.Reason}")
            : string.Join(Separator, result.Identity.Names);
    }

    /// <summary>Why the stream may not be this proxy; null when it may.</summary>
    public string? Authorize(XdsStream stream, Proxy proxy)
    {
        if (!checksIdentity || stream.Identity is null)
        {
            return null;
        }
        var identity = new CallerIdentity("xds", stream.Identity.Split(Separator));
        return identity.Matches(proxy.Namespace, proxy.ServiceAccount) ? null
            : $"identity {stream.Identity} is not {Wanted(proxy)}, which the node claims to be";
    }

    private static string Wanted(Proxy proxy) => proxy.ServiceAccount.Length == 0
        ? $"of namespace {proxy.Namespace}" : $"account {proxy.ServiceAccount} of namespace {proxy.Namespace}";
}
