using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Istio.Networking.Nds.V1;
using Lateen.Core.Logging;
using Lateen.Xds;

namespace Lateen.Agent.Discovery;

/// <summary>
/// What the agent takes for itself out of its proxy's discovery stream: name tables and trust bundles. It asks for them
/// after the proxy's first request, which names the node, and acknowledges them.
/// </summary>
public sealed class AgentResources(DiscoveryProxyOptions options, Logger log)
{
    /// <summary>A name table came.</summary>
    public event Action<NameTable>? NameTableReceived;

    /// <summary>Roots came with the proxy configuration.</summary>
    public event Action<IReadOnlyList<string>>? RootsReceived;

    /// <summary>The requests that open the agent's own subscriptions.</summary>
    internal IEnumerable<byte[]> BuildSubscriptions(bool isDelta)
    {
        if (options.WantsNameTable)
        {
            yield return BuildRequest(isDelta, TypeUrls.NameTable, default);
        }
        if (options.WantsProxyConfig)
        {
            yield return BuildRequest(isDelta, TypeUrls.ProxyConfig, default);
        }
    }

    /// <summary>Takes a response that is the agent's; false when it is the proxy's.</summary>
    /// <param name="response">Encoded.</param>
    /// <param name="isDelta">Which of the two protocols.</param>
    /// <param name="acknowledgement">What to send back when it was taken.</param>
    internal bool TryTake(ReadOnlyMemory<byte> response, bool isDelta, out byte[] acknowledgement)
    {
        acknowledgement = [];
        // What does not parse is for the proxy to refuse.
        if (!DiscoveryMessage.TryReadResponse(response.Span, out var message)
            || message.TypeUrl is not (TypeUrls.NameTable or TypeUrls.ProxyConfig))
        {
            return false;
        }
        try
        {
            var body = isDelta
                ? DeltaDiscoveryResponse.Parser.ParseFrom(response.Span).Resources.FirstOrDefault()?.Resource_
                : DiscoveryResponse.Parser.ParseFrom(response.Span).Resources.FirstOrDefault();
            if (body is not null)
            {
                Take(message.TypeUrl, body.Value);
            }
        }
        catch (InvalidProtocolBufferException e)
        {
            log.Warn($"{message.TypeUrl} from the control plane does not parse: {e.Message}");
        }
        acknowledgement = BuildRequest(isDelta, message.TypeUrl, message);
        return true;
    }

    private void Take(string typeUrl, ByteString body)
    {
        if (typeUrl == TypeUrls.NameTable)
        {
            NameTableReceived?.Invoke(NameTable.Parser.ParseFrom(body));
        }
        else
        {
            var config = Istio.Mesh.V1Alpha1.ProxyConfig.Parser.ParseFrom(body);
            RootsReceived?.Invoke([.. config.CaCertificatesPem]);
        }
    }

    // Without a message the subscription, with one its acknowledgement.
    private static byte[] BuildRequest(bool isDelta, string typeUrl, DiscoveryMessage acknowledged)
    {
        IMessage request = isDelta
            ? new DeltaDiscoveryRequest { TypeUrl = typeUrl, ResponseNonce = acknowledged.Nonce ?? "" }
            : new DiscoveryRequest
            {
                TypeUrl = typeUrl,
                ResponseNonce = acknowledged.Nonce ?? "",
                VersionInfo = acknowledged.Version ?? "",
            };
        return request.ToByteArray();
    }
}
