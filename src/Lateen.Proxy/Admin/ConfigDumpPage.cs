using Envoy.Config.Endpoint.V3;
using Google.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Proxy.Config;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;
using SecretProto = Envoy.Extensions.TransportSockets.Tls.V3.Secret;

namespace Lateen.Proxy.Admin;

/// <summary><c>/config_dump</c>: all configuration in force, as JSON of <c>envoy.admin.v3.ConfigDump</c>.</summary>
internal static class ConfigDumpPage
{
    public static AdminResponse Write(ProxyServer server, AdminRequest request)
    {
        var configs = new List<YamlNode>();
        lock (server.Configuration.SyncRoot)
        {
            configs.Add(Dump("BootstrapConfigDump", ("bootstrap", AdminJson.Message(server.ReadBootstrap())),
                ("last_updated", AdminJson.Time(server.Clock.GetUtcNow() - server.Uptime))));
            configs.Add(Clusters(server.Configuration));
            if (server.Configuration.Resources.Extensions.Held.Count > 0)
            {
                configs.Add(Extensions(server.Configuration));
            }
            if (request.Has("include_eds"))
            {
                configs.Add(Endpoints(server.Configuration));
            }
            var listeners = server.Configuration.Listeners;
            configs.Add(Dump(
                "ListenersConfigDump", [VersionOf(listeners.Version), .. ListenersDump.Write(listeners)]));
            configs.Add(ScopedRoutesDump.Write(server, Dump));
            configs.Add(Routes(server));
            configs.Add(Secrets(server));
        }
        return ConfigDumpSelection.Apply(configs.ConvertAll(static config => SecretHiding.Apply(config)), request);
    }

    private static YamlMapping Dump(string name, params (string Key, YamlNode? Value)[] fields)
    {
        var type = ("@type", (YamlNode)new YamlScalar($"type.googleapis.com/envoy.admin.v3.{name}"));
        return new YamlMapping([type, .. fields
            .Where(field => field.Value is not null && field.Value is not YamlSequence { Items.Count: 0 })
            .Select(field => (field.Key, field.Value!))]);
    }

    private static (string Key, YamlNode? Value) VersionOf(string version) =>
        ("version_info", version.Length > 0 ? new YamlScalar(version) : null);

    internal static YamlMapping Versioned(string field, string type, ResourceVersion version, IMessage message)
    {
        var entries = new List<(string, YamlNode)>();
        if (version.Version.Length > 0)
        {
            entries.Add(("version_info", new YamlScalar(version.Version)));
        }
        entries.Add((field, AdminJson.Any(type, message)));
        entries.Add(("last_updated", AdminJson.Time(version.UpdatedAt)));
        return new YamlMapping([.. entries]);
    }

    private static YamlMapping Clusters(ConfigurationManager configuration)
    {
        const string Type = "envoy.config.cluster.v3.Cluster";
        var (fixedOnes, active, warming) = (new List<YamlNode>(), new List<YamlNode>(), new List<YamlNode>());
        foreach (var entry in configuration.Clusters.Entries.Values.OrderBy(entry =>
            entry.Name, StringComparer.Ordinal))
        {
            if (entry.ActiveSource is { } source)
            {
                (entry.IsStatic ? fixedOnes : active).Add(
                    Versioned("cluster", Type, source, ClusterProto.Parser.ParseFrom(source.Source)));
            }
            if (entry.WarmingSource is { } next)
            {
                warming.Add(Versioned("cluster", Type, next, ClusterProto.Parser.ParseFrom(next.Source)));
            }
        }
        return Dump("ClustersConfigDump", VersionOf(configuration.Clusters.Version),
            ("static_clusters", new YamlSequence(fixedOnes)),
            ("dynamic_active_clusters", new YamlSequence(active)),
            ("dynamic_warming_clusters", new YamlSequence(warming)));
    }

    private static YamlMapping Extensions(ConfigurationManager configuration)
    {
        const string Type = "envoy.config.core.v3.TypedExtensionConfig";
        var filters = configuration.Resources.Extensions.Held.Values.Select(version => (YamlNode)Versioned(
            "ecds_filter", Type, version, Envoy.Config.Core.V3.TypedExtensionConfig.Parser.ParseFrom(version.Source)))
            .ToList();
        return Dump("EcdsConfigDump", ("ecds_filters", new YamlSequence(filters)));
    }

    private static YamlMapping Endpoints(ConfigurationManager configuration)
    {
        const string Type = "envoy.config.endpoint.v3.ClusterLoadAssignment";
        var dynamicOnes = configuration.Clusters.Assignments.Values.Select(version => (YamlNode)Versioned(
            "endpoint_config", Type, version, ClusterLoadAssignment.Parser.ParseFrom(version.Source))).ToList();
        var fixedOnes = configuration.Clusters.Entries.Values
            .Where(entry => entry.IsStatic && entry.ActiveSource is not null)
            .Select(entry => ClusterProto.Parser.ParseFrom(entry.ActiveSource!.Source).LoadAssignment)
            .Where(assignment => assignment is not null)
            .Select(assignment => (YamlNode)new YamlMapping(
                ("endpoint_config", AdminJson.Any(Type, Completed(assignment!)))))
                .ToList();
        return Dump("EndpointsConfigDump", ("static_endpoint_configs", new YamlSequence(fixedOnes)),
            ("dynamic_endpoint_configs", new YamlSequence(dynamicOnes)));
    }

    /// <summary>With the defaults that Envoy tells, since it writes what its hosts know.</summary>
    private static ClusterLoadAssignment Completed(ClusterLoadAssignment assignment)
    {
        assignment.Policy ??= new ClusterLoadAssignment.Types.Policy();
        assignment.Policy.OverprovisioningFactor ??= 140;
        foreach (var endpoints in assignment.Endpoints)
        {
            endpoints.Locality ??= new Envoy.Config.Core.V3.Locality();
            endpoints.LoadBalancingWeight ??= 0;
            foreach (var endpoint in endpoints.LbEndpoints)
            {
                endpoint.LoadBalancingWeight ??= 1;
                if (endpoint.Endpoint is not null)
                {
                    endpoint.Endpoint.HealthCheckConfig ??= new Endpoint.Types.HealthCheckConfig();
                }
                endpoint.HealthStatus = endpoint.HealthStatus == Envoy.Config.Core.V3.HealthStatus.Unknown
                    ? Envoy.Config.Core.V3.HealthStatus.Healthy : endpoint.HealthStatus;
            }
        }
        return assignment;
    }

    private static YamlMapping Routes(ProxyServer server)
    {
        const string Type = "envoy.config.route.v3.RouteConfiguration";
        var dynamicOnes = server.Configuration.Routes.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => (YamlNode)Versioned(
                "route_config", Type, pair.Value, server.Configuration.RouteTables.Whole(pair.Key))).ToList();
        var started = AdminJson.Time(server.Clock.GetUtcNow() - server.Uptime);
        var fixedOnes = (server.ReadBootstrap().StaticResources?.Listeners ?? [])
            .SelectMany(listener => listener.FilterChains)
            .SelectMany(chain => chain.Filters)
            .Where(filter =>
                filter.TypedConfig?.TypeUrl.EndsWith(".HttpConnectionManager", StringComparison.Ordinal) == true)
            .Select(filter => Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager.Parser
                .ParseFrom(filter.TypedConfig.Value).RouteConfig)
            .Where(table => table is not null)
            .Select(table => (YamlNode)new YamlMapping(
                ("route_config", AdminJson.Any(Type, table!)), ("last_updated", started))).ToList();
        return Dump("RoutesConfigDump", ("static_route_configs", new YamlSequence(fixedOnes)),
            ("dynamic_route_configs", new YamlSequence(dynamicOnes)));
    }

    private static YamlMapping Secrets(ProxyServer server)
    {
        const string Type = "envoy.extensions.transport_sockets.tls.v3.Secret";
        // By kind, as Envoy keeps them.
        var own = (server.ReadBootstrap().StaticResources?.Secrets ?? []).OrderBy(static secret =>
            secret.TypeCase switch
            {
                SecretProto.TypeOneofCase.TlsCertificate => 0,
                SecretProto.TypeOneofCase.ValidationContext => 1,
                SecretProto.TypeOneofCase.SessionTicketKeys => 2,
                _ => 3,
            }).ToList();
        var dynamicOnes = new List<YamlNode>();
        var fixedOnes = own.Select(secret => (YamlNode)new YamlMapping(
            ("name", new YamlScalar(secret.Name)), ("secret", AdminJson.Any(Type, secret)))).ToList();
        var ownNames = own.Select(secret => secret.Name).ToHashSet();
        foreach (var (_, version) in server.Configuration.Secrets.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var secret = SecretProto.Parser.ParseFrom(version.Source);
            if (!ownNames.Contains(secret.Name))
            {
                var fields = Versioned("secret", Type, version, secret).Entries;
                dynamicOnes.Add(new YamlMapping([new(new YamlScalar("name"), new YamlScalar(secret.Name)), .. fields]));
            }
        }
        return Dump("SecretsConfigDump", ("static_secrets", new YamlSequence(fixedOnes)),
            ("dynamic_active_secrets", new YamlSequence(dynamicOnes)),
            ("dynamic_warming_secrets", new YamlSequence(WarmingSecrets(server))));
    }

    /// <summary>Secrets that are asked for and have not come.</summary>
    private static List<YamlNode> WarmingSecrets(ProxyServer server)
    {
        const string Type = "envoy.extensions.transport_sockets.tls.v3.Secret";
        var since = AdminJson.Time(server.Clock.GetUtcNow() - server.Uptime);
        return [.. server.Configuration.GetMissingSecrets().Select(name => (YamlNode)new YamlMapping(
            ("name", new YamlScalar(name)), ("version_info", new YamlScalar("uninitialized")),
            ("last_updated", since),
            ("secret", AdminJson.Any(Type, new SecretProto { Name = name }))))];
    }
}
