using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Istio.V1.Auth;
using Lateen.Grpc;

namespace Lateen.Agent.Secrets;

/// <summary>
/// Asks Istio's certificate service. A round is one call and its retries; after a failed round the connection is made
/// anew.
/// </summary>
public sealed class CaClient : IDisposable
{
    private const string Method = "/istio.v1.auth.IstioCertificateService/CreateCertificate";

    private readonly ControlPlaneTarget _target;
    private readonly CaClientOptions _options;
    private readonly Random _random;
    private readonly TimeProvider _clock;
    private readonly IUnaryTransport _transport;

    /// <summary>A client with a channel of its own; nothing is connected yet.</summary>
    public CaClient(ControlPlaneTarget target, CaClientOptions options, Random random, TimeProvider clock)
        : this(target, new ChannelTransport(target), options, random, clock)
    {
    }

    /// <summary>A client over a transport, which it owns.</summary>
    public CaClient(
        ControlPlaneTarget target, IUnaryTransport transport, CaClientOptions options, Random random,
        TimeProvider clock)
    {
        _target = target;
        _transport = transport;
        _options = options;
        _random = random;
        _clock = clock;
    }

    /// <summary>One round; one at a time.</summary>
    /// <exception cref="SecretUnavailableException">The authority refused or did not answer.</exception>
    public async Task<IReadOnlyList<string>> SignAsync(string requestPem, CancellationToken cancel)
    {
        var request = new IstioCertificateRequest
        {
            Csr = requestPem,
            ValidityDuration = (long)_options.Ttl.TotalSeconds,
            Metadata = new Struct { Fields = { ["CertSigner"] = Value.ForString(_options.CertSigner) } },
        };
        try
        {
            return await CallAsync(request, cancel);
        }
        catch (GrpcException e)
        {
            _transport.Renew();
            throw new SecretUnavailableException(
                $"the certificate service at {_target.Address} answered {e.Status.Code}: "
                    + $"{e.Status.Message}{HintFor(e)}", e);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new SecretUnavailableException(
                $"the certificate service at {_target.Address} answered no certificates: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SecretUnavailableException($"the token cannot be read: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    private async Task<IReadOnlyList<string>> CallAsync(IstioCertificateRequest request, CancellationToken cancel)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var answer = await _transport.CallAsync(
                    Method, request.ToByteArray(), Metadata(attempt), _options.CallTimeout, cancel);
                return [.. IstioCertificateResponse.Parser.ParseFrom(answer).CertChain];
            }
            catch (GrpcException e) when (IsRetriable(e.Status.Code) && attempt + 1 < _options.AttemptsMax)
            {
                await Task.Delay(PauseAfter(attempt), _clock, cancel);
            }
        }
    }

    private TimeSpan PauseAfter(int attempt)
    {
        lock (_random)
        {
            return _options.FirstPause * Math.Pow(2, attempt) * (0.9 + 0.2 * _random.NextDouble());
        }
    }

    private GrpcMetadata Metadata(int attempt)
    {
        var metadata = new GrpcMetadata();
        if (_target.ReadToken() is { } token)
        {
            metadata.Add("authorization", $"Bearer {token}");
        }
        metadata.Add("clusterid", _options.ClusterId);
        foreach (var (name, value) in _options.Headers)
        {
            metadata.Add(name.ToLowerInvariant(), value);
        }
        if (attempt > 0)
        {
            metadata.Add("x-retry-attempt", attempt.ToString(CultureInfo.InvariantCulture));
        }
        return metadata;
    }

    private static bool IsRetriable(GrpcStatusCode code) => code is GrpcStatusCode.ResourceExhausted
        or GrpcStatusCode.Aborted or GrpcStatusCode.Internal or GrpcStatusCode.Unavailable;

    private string HintFor(GrpcException e) => e.Status.Code switch
    {
        GrpcStatusCode.Unauthenticated => $"; check the token in {_target.TokenPath}",
        GrpcStatusCode.Unavailable => "; check that the control plane runs and that its address and root are right",
        _ => "",
    };
}
