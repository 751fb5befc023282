using Istio.Security.V1Beta1;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Galley;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;
using Lateen.Pilot.Security;
using Lateen.Pilot.Simulation;
using Lateen.TestKit;
using Xunit.Abstractions;

namespace Lateen.Conformance.Tests.Xds;

/// <summary>AuthorizationPolicies to filters, by upstream's cases.</summary>
public sealed class AuthorizationTests(ITestOutputHelper output)
{
    private const string SuiteName = "authz";

    private static readonly MessageWriter Messages =
        new(new MessageWriteOptions { SortFields = true, Types = GeneratedTypes.Registry });

    [ConformanceFact(SuiteName)]
    public void Translate_UpstreamPolicies_GivesUpstreamFilters()
    {
        var run = new ConformanceRun("authz", output);
        var root = ConformanceDocuments.Load(SuiteName, "cases.yaml")[0];
        foreach (var test in ((YamlSequence)root["cases"]!).Items)
        {
            var (id, type) = (test["id"]!.Text!, test["filterType"]!.Text!);
            if (type == "workload-authorization")
            {
                // For the node proxy of the ambient mesh, which is left out on purpose for now.
                run.Skip(id, type);
                continue;
            }
            run.Case(id, type, () => Compare(test, type == "tcp"));
        }
        run.Finish();
    }

    private static string? Compare(YamlNode test, bool forTcp)
    {
        var context = ContextOf(test);
        var custom = test["builder"]?.Text == "custom";
        var filters = (custom, forTcp) switch
        {
            (true, true) => ExternalAuthorizationFilters.ForTcp(context).Select(Messages.ToNode),
            (true, false) => ExternalAuthorizationFilters.ForHttp(context).Select(Messages.ToNode),
            (false, true) => AuthorizationFilters.ForTcp(context.Authorization, context.TrustDomains)
                .Select(Messages.ToNode),
            _ => AuthorizationFilters.ForHttp(context.Authorization, context.TrustDomains).Select(Messages.ToNode),
        };
        var got = filters.ToList();
        var want = ((YamlSequence)test["expected"]!).Items
            .Select(file => ConformanceDocuments.Load(SuiteName, file.Text!)[0]).ToList();
        return got.Count != want.Count ? $"{got.Count} filters, want {want.Count}"
            : want.Zip(got).Select(pair => ResourceComparison.Difference(pair.First, pair.Second))
                .FirstOrDefault(difference => difference is not null);
    }

    private static TrafficContext ContextOf(YamlNode test)
    {
        var errors = new List<ConfigError>();
        var mesh = test["meshConfig"] is { } overlay
            ? MeshConfigReader.Apply(MeshDefaults.CreateMeshConfig(), overlay, errors)
                : MeshDefaults.CreateMeshConfig();
        var domains = test["trustDomain"] is { } trust
            ? ((YamlSequence)trust["aliases"]!).Items.Select(alias => alias.Text!).Prepend(trust["trustDomain"]!.Text!)
            : [];
        Assert.Empty(errors);
        return new TrafficContext
        {
            Proxy = new ProxyGroup { Type = ProxyType.Sidecar, Namespace = "foo", Scope = new ScopeKey("foo") },
            Mesh = mesh,
            AuthorizationSource = new(() => [.. Policies(test["policies"]!.Text!)]),
            TrustDomains = new TrustDomains([.. domains]),
            FindService = host => new Service
            {
                Hostname = host,
                Namespace = "foo",
                Name = host,
                Registry = ServiceRegistry.Kubernetes,
                Resolution = Resolution.ClientSideLoadBalancing,
                Ports = [],
            },
            FindRule = _ => null,
            EndpointsOf = (_, _) => [],
            PeerAuthenticationSource = new(() => new PeerAuthenticationModes(MutualTlsMode.Permissive, [])),
        };
    }

    private static IEnumerable<NamedAuthorizationPolicy> Policies(string file)
    {
        foreach (var document in ConformanceDocuments.Load(SuiteName, file))
        {
            var errors = new List<ConfigError>();
            var spec = new MessageReader(MessageReadOptions.Istio, errors)
                .Read<AuthorizationPolicy>(document["spec"]!);
            Assert.Empty(errors);
            var metadata = document["metadata"]!;
            yield return new NamedAuthorizationPolicy(metadata["namespace"]!.Text!, metadata["name"]!.Text!,
                metadata["annotations"]?["istio.io/dry-run"]?.Text == "true", spec);
        }
    }
}
