using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>
/// The mesh as generators see it: facts and the queries over them. Generators are pure functions that read only through
/// here, with the context that they were given.
/// </summary>
public sealed class MeshModel
{
    /// <summary>Makes inputs and queries in the graph.</summary>
    public MeshModel(IncrementalGraph graph, MeshOptions options)
    {
        Graph = graph;
        Options = options;
        Inputs = new MeshInputs(graph, options);
        Services = new ServiceQueries(graph, this);
        Endpoints = new EndpointQueries(graph, this);
        Scopes = new ScopeQueries(graph, this);
        DestinationRules = new DestinationRuleQueries(graph, this);
        PeerAuthentications = new PeerAuthenticationQueries(graph, this);
        Networks = new NetworkQueries(graph, this);
        Proxies = new ProxyQueries(graph, this);
    }

    /// <summary>The graph that holds it all.</summary>
    public IncrementalGraph Graph { get; }

    /// <summary>What is fixed for the life of the process.</summary>
    public MeshOptions Options { get; }

    /// <summary>The facts.</summary>
    public MeshInputs Inputs { get; }

    /// <summary>Services without endpoints.</summary>
    public ServiceQueries Services { get; }

    /// <summary>Endpoints of services.</summary>
    public EndpointQueries Endpoints { get; }

    /// <summary>Who sees what.</summary>
    public ScopeQueries Scopes { get; }

    /// <summary>Which rule applies to which destination.</summary>
    public DestinationRuleQueries DestinationRules { get; }

    /// <summary>Who must speak mutual TLS.</summary>
    public PeerAuthenticationQueries PeerAuthentications { get; }

    /// <summary>Ways between networks.</summary>
    public NetworkQueries Networks { get; }

    /// <summary>Endpoints that are not ready are sent, marked as such, so that the proxy can tell panic from
    /// plenty.</summary>
    public bool SendsUnhealthyEndpoints => Options.IsOn("PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS", true)
        || Options.IsOn("PILOT_SEND_UNHEALTHY_ENDPOINTS", false);

    /// <summary>From proxies to groups.</summary>
    public ProxyQueries Proxies { get; }
}
