using Envoy.Config.Cluster.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.TransportSockets.ProxyProtocol.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Pilot.Simulation;

/// <summary>The secrets that generated configuration asks for, by who serves them.</summary>
internal static class SecretNames
{
    /// <summary>Names served beside the proxy, and names asked from the control plane; each sorted.</summary>
    internal static (IReadOnlyCollection<string> FromAgent, IReadOnlyCollection<string> OverAds) Of(
        IEnumerable<Listener> listeners, IEnumerable<Cluster> clusters)
    {
        var agent = new SortedSet<string>(StringComparer.Ordinal);
        var ads = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var chain in listeners.SelectMany(listener =>
            listener.FilterChains.Append(listener.DefaultFilterChain)))
        {
            if (chain?.TransportSocket?.TypedConfig is { } config
                && config.TypeUrl == ConfigTypeUrls.DownstreamTlsContext)
            {
                Add(DownstreamTlsContext.Parser.ParseFrom(config.Value).CommonTlsContext, agent, ads);
            }
        }
        foreach (var cluster in clusters)
        {
            var sockets = cluster.TransportSocketMatches.Select(match => match.TransportSocket)
                .Append(cluster.TransportSocket);
            foreach (var config in sockets.Select(socket => Inner(socket?.TypedConfig)))
            {
                if (config?.TypeUrl == ConfigTypeUrls.UpstreamTlsContext)
                {
                    Add(UpstreamTlsContext.Parser.ParseFrom(config.Value).CommonTlsContext, agent, ads);
                }
            }
        }
        return (agent, ads);
    }

    /// <summary>A socket that announces the client wraps the one that encrypts.</summary>
    private static Any? Inner(Any? config)
    {
        return config?.TypeUrl == ConfigTypeUrls.ProxyProtocolUpstreamTransport
            ? ProxyProtocolUpstreamTransport.Parser.ParseFrom(config.Value).TransportSocket?.TypedConfig : config;
    }

    private static void Add(CommonTlsContext? context, SortedSet<string> agent, SortedSet<string> ads)
    {
        if (context is null)
        {
            return;
        }
        var all = context.TlsCertificateSdsSecretConfigs
            .Append(context.CombinedValidationContext?.ValidationContextSdsSecretConfig)
            .Append(context.ValidationContextSdsSecretConfig).OfType<SdsSecretConfig>();
        foreach (var secret in all)
        {
            (secret.SdsConfig.Ads is null ? agent : ads).Add(secret.Name);
        }
    }
}
