using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>What the translation of a VirtualService reads besides its rules.</summary>
internal sealed record RouteScope
{
    /// <summary>Namespace of the proxy.</summary>
    public required string Namespace { get; init; }

    /// <summary>Labels of the proxy.</summary>
    public required Labels Labels { get; init; }

    /// <summary>The gateway whose routes are made; <c>mesh</c> for a sidecar.</summary>
    public required string Gateway { get; init; }

    /// <summary>Port of the listener or server.</summary>
    public required int Port { get; init; }

    /// <summary>The server terminates TLS: decides the default scheme of redirects.</summary>
    public bool IsTls { get; init; }

    /// <summary>Retries where a rule says nothing; null means Istio's default.</summary>
    public HTTPRetry? DefaultRetry { get; init; }

    /// <summary>The service of a host name, if the proxy sees one.</summary>
    public required Func<string, Service?> FindService { get; init; }

    /// <summary>The DestinationRule of a host name, if there is one.</summary>
    public required Func<string, DestinationRule?> FindRule { get; init; }
}
