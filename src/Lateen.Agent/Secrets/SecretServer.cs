using System.Globalization;
using System.Threading.Channels;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Core.Logging;
using Lateen.Grpc;
using Lateen.Grpc.Server;
using Lateen.Xds;

namespace Lateen.Agent.Secrets;

/// <summary>
/// Serves secrets to a proxy in another process: Envoy's SecretDiscoveryService, state of the world, on a unix socket.
/// A stream is sent what it asked for, and again what changed.
/// </summary>
public sealed class SecretServer(SecretManager secrets, Logger log)
{
    private const int NamesMax = 1024;
    private long _version;

    /// <summary>Adds the service to those of a server.</summary>
    public void AddTo(GrpcServices services) => services.AddDuplex(
        GrpcMethod.Protobuf(
            "envoy.service.secret.v3.SecretDiscoveryService",
            "StreamSecrets",
            DiscoveryRequest.Parser,
            DiscoveryResponse.Parser),
        ServeAsync);

    private async Task ServeAsync(GrpcServerStream<DiscoveryRequest, DiscoveryResponse> stream)
    {
        // Names to send; null stands for all that the stream asked for.
        var due = Channel.CreateBounded<string>(new BoundedChannelOptions(NamesMax)
        {
            FullMode = BoundedChannelFullMode.DropOldest,
        });
        void OnChanged(string name) => due.Writer.TryWrite(name);
        secrets.Changed += OnChanged;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stream.Cancellation);
        var names = new SecretSubscription();
        var reading = ReadAsync(stream, names, due.Writer, stop.Token);
        try
        {
            await foreach (var changed in due.Reader.ReadAllAsync(stop.Token))
            {
                var wanted = names.Affected(changed);
                if (wanted.Count > 0)
                {
                    await SendAsync(stream, names, wanted, stop.Token);
                }
            }
            await reading;
        }
        catch (SecretUnavailableException e)
        {
            throw new GrpcException(GrpcStatusCode.Unknown, e.Message);
        }
        finally
        {
            secrets.Changed -= OnChanged;
            await stop.CancelAsync();
        }
    }

    private async Task ReadAsync(
        GrpcServerStream<DiscoveryRequest, DiscoveryResponse> stream,
        SecretSubscription names,
        ChannelWriter<string> due,
        CancellationToken cancel)
    {
        try
        {
            while (await stream.MoveNextAsync() && !cancel.IsCancellationRequested)
            {
                var request = stream.Current;
                if (request.ErrorDetail is not null)
                {
                    log.Warn(
                        $"the proxy refused {string.Join(", ", request.ResourceNames)}: {request.ErrorDetail.Message}");
                    continue;
                }
                if (request.ResourceNames.Count > NamesMax)
                {
                    throw new GrpcException(GrpcStatusCode.InvalidArgument,
                        $"more than {NamesMax} secrets on one stream");
                }
                if (names.Set(request.ResourceNames, request.ResponseNonce))
                {
                    await due.WriteAsync(SecretSubscription.All, cancel);
                }
            }
        }
        finally
        {
            due.TryComplete();
        }
    }

    private async Task SendAsync(
        GrpcServerStream<DiscoveryRequest, DiscoveryResponse> stream,
        SecretSubscription names,
        IReadOnlyList<string> wanted,
        CancellationToken cancel)
    {
        var version = Interlocked.Increment(ref _version).ToString(CultureInfo.InvariantCulture);
        var response = new DiscoveryResponse { TypeUrl = TypeUrls.Secret, VersionInfo = version, Nonce = version };
        foreach (var name in wanted)
        {
            try
            {
                var secret = SecretEncoding.Encode(await secrets.GetAsync(name, cancel));
                response.Resources.Add(new Any { TypeUrl = TypeUrls.Secret, Value = secret.ToByteString() });
            }
            catch (SecretUnavailableException e) when (name.StartsWith("file-", StringComparison.Ordinal))
            {
                // The stream stays open: the file may come.
                log.Warn(e.Message);
            }
        }
        if (response.Resources.Count > 0)
        {
            names.Nonce = version;
            await stream.WriteAsync(response);
        }
    }
}
