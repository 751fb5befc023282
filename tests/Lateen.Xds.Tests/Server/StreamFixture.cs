using Envoy.Service.Discovery.V3;
using Lateen.Xds.Server;

namespace Lateen.Xds.Tests.Server;

/// <summary>Sets of resources, a stream's state on them, and time: no sockets.</summary>
internal sealed class StreamFixture : IXdsObserver
{
    private readonly DeltaStreamState _delta;
    private readonly SotwStreamState _sotw;
    private readonly Dictionary<string, XdsResourceSet> _sets = [];

    internal StreamFixture(XdsServerOptions? options = null)
    {
        Options = options ?? new XdsServerOptions();
        _delta = new DeltaStreamState(Options, "n", Resolve, this);
        _sotw = new SotwStreamState(Options, "n", Resolve, this);
    }

    internal XdsServerOptions Options { get; }

    internal DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal int WakeCount { get; private set; }

    internal DeltaStreamState Delta => _delta;

    public void OnResourcesChanged() => WakeCount++;

    internal XdsResourceSet Set(string typeUrl) => (XdsResourceSet)Resolve(typeUrl);

    /// <summary>Puts resources in; a name like <c>a@2</c> carries its version.</summary>
    internal void Put(string typeUrl, params string[] resources) => Push((typeUrl, resources, []));

    internal void Remove(string typeUrl, params string[] names) => Push((typeUrl, [], names));

    internal void Push(params (string TypeUrl, string[] Upserts, string[] Removals)[] changes)
    {
        var push = new XdsPush();
        foreach (var (typeUrl, upserts, removals) in changes)
        {
            push.Add(Set(typeUrl), [.. upserts.Select(text => Resource(typeUrl, text))], removals);
        }

        push.Publish();
    }

    internal static XdsResource Resource(string typeUrl, string text)
    {
        var parts = text.Split('@');
        var name = parts[0];
        var dependents = typeUrl == TypeUrls.Cluster ? new XdsResourceName(TypeUrls.ClusterLoadAssignment, name)
            : default;
        return new XdsResource(typeUrl, name, parts.Length > 1 ? parts[1] : "1", new byte[] { 10, 1, 65 })
        {
            Dependents = typeUrl == TypeUrls.Cluster ? [dependents] : [],
        };
    }

    internal XdsAck? Request(string typeUrl, DeltaDiscoveryRequest request) => _delta.OnRequest(typeUrl, request, Now);

    internal XdsAck? Subscribe(string typeUrl, params string[] names)
    {
        var request = new DeltaDiscoveryRequest { TypeUrl = typeUrl };
        request.ResourceNamesSubscribe.AddRange(names);
        return Request(typeUrl, request);
    }

    internal XdsAck? Ack(DeltaDiscoveryResponse response, string? error = null)
    {
        var request = new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce };
        if (error is not null)
        {
            request.ErrorDetail = new Google.Rpc.Status { Code = 13, Message = error };
        }

        return Request(response.TypeUrl, request);
    }

    internal DeltaDiscoveryResponse? Next() =>
        _delta.TakeNext(Now) is { } payload ? DeltaDiscoveryResponse.Parser.ParseFrom(payload.ToArray()) : null;

    /// <summary>The next response as text: type, then <c>+name@version</c> and <c>-name</c>; acknowledged at
    /// once.</summary>
    internal string? NextText(bool ack = true)
    {
        var response = Next();
        if (response is not null && ack)
        {
            Ack(response);
        }

        return response is null ? null : Text(response);
    }

    internal XdsAck? SotwRequest(string typeUrl, string nonce, string version, string[] names, string? error = null)
    {
        var request = new DiscoveryRequest { TypeUrl = typeUrl, ResponseNonce = nonce, VersionInfo = version };
        request.ResourceNames.AddRange(names);
        if (error is not null)
        {
            request.ErrorDetail = new Google.Rpc.Status { Code = 13, Message = error };
        }

        return _sotw.OnRequest(typeUrl, request, Now);
    }

    internal DiscoveryResponse? SotwNext() =>
        _sotw.TakeNext(Now) is { } payload ? DiscoveryResponse.Parser.ParseFrom(payload.ToArray()) : null;

    internal static string Text(DeltaDiscoveryResponse response)
    {
        var added = response.Resources.Select(resource => $" +{resource.Name}@{resource.Version}").Order();
        var removed = response.RemovedResources.Select(name => $" -{name}").Order();
        return response.TypeUrl.Split('.')[^1] + string.Concat(added) + string.Concat(removed);
    }

    private XdsResourceSet Resolve(string typeUrl)
    {
        if (!_sets.TryGetValue(typeUrl, out var set))
        {
            _sets[typeUrl] = set = new XdsResourceSet(typeUrl);
        }

        return set;
    }
}
