using Istio.Mesh.V1Alpha1;
using ClientCertDetails = Istio.Mesh.V1Alpha1.ForwardClientCertDetails;
using EnvoyHcm = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager;
using ForwardDetails = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager.Types
    .ForwardClientCertDetails;
using Transformation = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager.Types
    .ServerHeaderTransformation;

namespace Lateen.Pilot.Listeners;

/// <summary>Which headers of its own a proxy adds (<c>ProxyConfig.proxyHeaders</c>).</summary>
internal sealed record ProxyHeaderSettings
{
    private const string DefaultServerName = "istio-envoy";

    /// <summary>The <c>server</c> header; empty means Envoy's own.</summary>
    internal string ServerName { get; private init; } = DefaultServerName;

    /// <summary>Whether the application's <c>server</c> header stays.</summary>
    internal Transformation Transformation { get; private init; } = Transformation.Overwrite;

    /// <summary>What is done with a client certificate header.</summary>
    internal ForwardDetails ForwardClientCert { get; private init; } = ForwardDetails.AppendForward;

    /// <summary>Which parts of the client certificate are told; null means the defaults.</summary>
    internal ProxyConfig.Types.ProxyHeaders.Types.SetCurrentClientCertDetails? CertDetails { get; private init; }

    /// <summary>Requests carry the number of their attempt.</summary>
    internal bool AttemptCount { get; private init; } = true;

    /// <summary>False when no request id is made; null leaves it to Envoy, which makes one.</summary>
    internal bool? GenerateRequestId { get; private init; }

    /// <summary>Envoy's own debug headers are left out.</summary>
    internal bool SuppressDebugHeaders { get; private init; }

    /// <summary>Peer metadata is only sent inside the mesh.</summary>
    internal bool PeerMetadataInMeshOnly { get; private init; }

    /// <summary>A rewritten host is kept in <c>x-forwarded-host</c>.</summary>
    internal bool ForwardedHost { get; private init; }

    /// <summary>The port is kept in <c>x-forwarded-port</c>.</summary>
    internal bool ForwardedPort { get; private init; }

    /// <summary>HTTP/1 headers keep their case.</summary>
    internal bool PreserveCase { get; private init; }

    /// <summary>The settings of a proxy's configuration.</summary>
    internal static ProxyHeaderSettings Of(ProxyConfig? config, ListenerClass side)
    {
        var headers = config?.ProxyHeaders;
        var serverName = side == ListenerClass.SidecarOutbound ? "" : DefaultServerName;
        if (headers is null)
        {
            return new ProxyHeaderSettings { ServerName = serverName };
        }
        var serverOff = headers.Server?.Disabled is true;
        return new ProxyHeaderSettings
        {
            ServerName = serverOff ? "" : headers.Server is { Value.Length: > 0 } ? headers.Server.Value : serverName,
            Transformation = serverOff ? Transformation.PassThrough : Transformation.Overwrite,
            ForwardClientCert = Translate(headers.ForwardedClientCert, ForwardDetails.AppendForward),
            CertDetails = headers.SetCurrentClientCertDetails,
            AttemptCount = headers.AttemptCount?.Disabled is not true,
            GenerateRequestId = headers.RequestId?.Disabled is true ? false : null,
            SuppressDebugHeaders = headers.EnvoyDebugHeaders?.Disabled is true,
            PeerMetadataInMeshOnly = headers.MetadataExchangeHeaders?.Mode
                == ProxyConfig.Types.ProxyHeaders.Types.MetadataExchangeMode.InMesh,
            ForwardedHost = headers.XForwardedHost?.Enabled is true,
            ForwardedPort = headers.XForwardedPort?.Enabled is true,
            PreserveCase = headers.PreserveHttp1HeaderCase is true,
        };
    }

    /// <summary>Envoy's value for Istio's.</summary>
    internal static ForwardDetails Translate(ClientCertDetails details, ForwardDetails unset)
    {
        return details switch
        {
            ClientCertDetails.Sanitize => ForwardDetails.Sanitize,
            ClientCertDetails.ForwardOnly => ForwardDetails.ForwardOnly,
            ClientCertDetails.AppendForward => ForwardDetails.AppendForward,
            ClientCertDetails.SanitizeSet => ForwardDetails.SanitizeSet,
            ClientCertDetails.AlwaysForwardOnly => ForwardDetails.AlwaysForwardOnly,
            _ => unset,
        };
    }

    /// <summary>Sets what every connection manager has.</summary>
    internal void Apply(EnvoyHcm manager)
    {
        manager.ServerName = ServerName;
        manager.ServerHeaderTransformation = Transformation;
        manager.GenerateRequestId = GenerateRequestId;
        manager.AppendXForwardedPort = ForwardedPort;
    }
}
