using Envoy.Config.Bootstrap.V3;
using Lateen.Core;
using Lateen.Proxy.Config;

namespace Lateen.Proxy;

/// <summary>Reads bootstraps that people or other programs wrote.</summary>
public static class ProxyBootstrap
{
    /// <summary>
    /// Reads a bootstrap file (YAML, JSON or binary, by its ending) and merges inline YAML over it. Unknown fields are
    /// errors with
    /// their path unless they are allowed.
    /// </summary>
    public static Bootstrap Read(string? file, string? inline, bool allowUnknownFields, ICollection<ConfigError> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        var found = new List<ConfigError>();
        var bootstrap = BootstrapReader.Read(file, inline, allowUnknownFields, found);
        foreach (var error in found)
        {
            errors.Add(error);
        }
        return bootstrap;
    }

    /// <summary>
    /// The target of the aggregated discovery stream that a bootstrap names, as <c>unix:PATH</c> or
    /// <c>http://HOST:PORT</c>; null when it
    /// names none or its cluster has no plaintext endpoint.
    /// </summary>
    public static string? FindAdsTarget(Bootstrap bootstrap)
    {
        ArgumentNullException.ThrowIfNull(bootstrap);
        var services = bootstrap.DynamicResources?.AdsConfig?.GrpcServices;
        var name = services is { Count: > 0 } ? services[0].EnvoyGrpc?.ClusterName : null;
        var cluster = bootstrap.StaticResources?.Clusters.FirstOrDefault(candidate => candidate.Name == name);
        var endpoint = cluster?.LoadAssignment?.Endpoints.SelectMany(e => e.LbEndpoints).FirstOrDefault()?.Endpoint;
        if (endpoint?.Address is null || cluster!.TransportSocket is not null)
        {
            return null;
        }
        return endpoint.Address.Pipe is { } pipe
            ? $"unix:{Path.GetFullPath(pipe.Path)}"
            : $"http://{endpoint.Address.SocketAddress.Address}:{endpoint.Address.SocketAddress.PortValue}";
    }
}
