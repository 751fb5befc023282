using Google.Protobuf;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Stats;
using Lateen.Xds;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;
using ListenerProto = Envoy.Config.Listener.V3.Listener;

namespace Lateen.Proxy.Config;

/// <content>What responses hold: what spoils them, and each resource by its type.</content>
internal sealed partial class ConfigurationManager
{
    /// <summary>Why a response cannot be taken at all: a resource breaks a rule of the API's definitions, or holds a
    /// field that nobody knows where those are refused. Null: nothing is wrong.</summary>
    public string? FindUnusable(string typeUrl, IReadOnlyList<DiscoveredResource> resources)
    {
        foreach (var resource in resources)
        {
            if (_resources.RejectsUnknownDynamicFields
                && ResourceGuard.FindUnknownField(typeUrl, resource.Body) is { } path)
            {
                return $"{path}: unknown field";
            }
            // No bytes at all: the name of something that there is not.
            if (!resource.Body.IsEmpty && ResourceGuard.FindBrokenRule(typeUrl, resource.Body) is { } wrong)
            {
                return $"{resource.Name}: {wrong}";
            }
        }
        return null;
    }

    /// <summary>Names of discovered secrets that something asks for and that have not come. Caller holds the
    /// lock.</summary>
    public IReadOnlyList<string> GetMissingSecrets()
    {
        var wanted = new List<WantedResource>();
        Clusters.AddWanted(wanted);
        Listeners.AddWanted(wanted);
        return [.. wanted
            .Where(resource => resource.TypeUrl == TypeUrls.Secret && resource.Source.Kind != DiscoveryKind.Provided
                && !Secrets.ContainsKey(resource.Source.Scope(resource.Name)))
            .Select(resource => resource.Name)
            .Distinct()];
    }

    private ResourceOutcome RefuseDuplicate(string typeUrl, DiscoveredResource resource)
    {
        var kind = typeUrl == TypeUrls.Cluster ? "cluster" : typeUrl == TypeUrls.Listener ? "listener" : "resource";
        var text = $"duplicate {kind} {resource.Name} found";
        if (typeUrl == TypeUrls.Listener)
        {
            Listeners.Failures.Add(new ListenerFailure("", resource.Body, text, _clock.GetUtcNow()));
        }
        return ResourceOutcome.Rejected(resource.Name, ResourceOutcome.Duplicate, text);
    }

    private ResourceOutcome ApplyOne(string typeUrl, string version, ByteString body, DiscoverySource source)
    {
        if (_resources.RejectsUnknownDynamicFields && ResourceGuard.FindUnknownField(typeUrl, body) is { } path)
        {
            return ResourceOutcome.Rejected("", "UNKNOWN_FIELD", $"{path}: unknown field");
        }
        if (ResourceGuard.FindBrokenRule(typeUrl, body) is { } wrong)
        {
            return ResourceOutcome.Rejected(
                Lateen.Xds.Wire.ResourceNames.Read(body.Span), "CONFIG", $"{wrong}");
        }
        switch (typeUrl)
        {
            case TypeUrls.Cluster:
                return Clusters.Apply(body, Unknown.Parse(ClusterProto.Parser, typeUrl, body), version, false);
            case TypeUrls.ClusterLoadAssignment:
                return Clusters.ApplyAssignment(body, version, source);
            case TypeUrls.Listener:
                return Listeners.Apply(body, Unknown.Parse(ListenerProto.Parser, typeUrl, body), version, false);
            case TypeUrls.RouteConfiguration:
                return RouteTables.Apply(body, version, source);
            case TypeUrls.Secret:
                return SecretsManager.Apply(body, version, source, false);
            case TypeUrls.TypedExtensionConfig:
                var key = source.Scope(Xds.Wire.ResourceNames.Read(body.Span));
                return _resources.Extensions.Apply(
                    body, key, new ResourceVersion(body, version, _clock.GetUtcNow()));
            case TypeUrls.Runtime:
                return Runtime.Apply(body, source);
            case WorkloadIndex.TypeUrl:
                return _resources.Workloads.Apply(body);
            default:
                return ResourceOutcome.Rejected("", "TYPE", $"resources of type {typeUrl} are not supported");
        }
    }
}
