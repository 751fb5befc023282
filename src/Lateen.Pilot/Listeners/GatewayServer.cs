using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;
using TlsMode = Istio.Networking.V1Alpha3.ServerTLSSettings.Types.TLSmode;

namespace Lateen.Pilot.Listeners;

/// <summary>One server of a Gateway at the port where the proxy really listens.</summary>
internal sealed record GatewayServer
{
    /// <summary>The Gateway, as <c>namespace/name</c>.</summary>
    public required string Gateway { get; init; }

    /// <summary>As declared.</summary>
    public required Server Spec { get; init; }

    /// <summary>Its hosts: plain, or <c>namespace/host</c> for rules of one namespace only.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>Port of the proxy: the target port of the proxy's own Service.</summary>
    public required int ListenPort { get; init; }

    /// <summary>Name of its route configuration; empty when it carries opaque bytes.</summary>
    public required string RouteName { get; init; }

    /// <summary>Protocol as declared.</summary>
    internal Protocol Protocol => ProtocolRules.Parse(Spec.Port.Protocol);

    /// <summary>TLS passes without being ended.</summary>
    internal bool IsPassthrough => Spec.Tls is { Mode: TlsMode.Passthrough or TlsMode.AutoPassthrough };

    /// <summary>It serves HTTP, plain or after its TLS.</summary>
    internal bool IsHttp => Protocol.IsHttp() || EndsHttps;

    /// <summary>It ends TLS and serves the HTTP inside.</summary>
    internal bool EndsHttps => Protocol == Protocol.Https && Spec.Tls is not null && !IsPassthrough;

    /// <summary>Connections to it begin with TLS.</summary>
    internal bool IsTls => Spec.Tls is not null && !Protocol.IsHttp();

    /// <summary>Server names that lead to it, sorted, without namespaces.</summary>
    internal IReadOnlyList<string> ServerNames => Spec.Tls is null ? [] : [.. Hosts
        .Select(host => host[(host.IndexOf('/', StringComparison.Ordinal) + 1)..])
        .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Its hosts for rules of a namespace.</summary>
    internal IEnumerable<string> HostsFor(string ns)
    {
        foreach (var host in Hosts)
        {
            var slash = host.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0 || host[..slash] == ns || host[..slash] == "*")
            {
                yield return host[(slash + 1)..];
            }
        }
    }
}
