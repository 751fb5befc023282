using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Lateen.Xds.Client;
using Lateen.Xds.Server;
using Lateen.Xds.Tests.Server;

namespace Lateen.Xds.Tests;

/// <summary>
/// Client state and server state talk to each other over a simulated wire with delays, reconnects and churn. Goal: once
/// the churn stops, the client holds exactly what the server has of what it subscribed. Each seed is a run of its own.
/// </summary>
public sealed class ProtocolSimulationTests
{
    private static readonly string[] _types =
        [TypeUrls.Cluster, TypeUrls.ClusterLoadAssignment, TypeUrls.RouteConfiguration];

    [Fact]
    public void DeltaStreams_RandomChurn_Converge()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            new Run(seed).Check();
        }
    }

    private sealed class Run(int seed) : IXdsObserver
    {
        private readonly Random _random = new(seed);
        private readonly DeltaClientState _client = new(new Node { Id = "n" });
        private readonly Dictionary<string,
            XdsResourceSet> _sets = _types.ToDictionary(type => type, type => new XdsResourceSet(type));
        private readonly Dictionary<string, Dictionary<string,
            string>> _held = _types.ToDictionary(type => type, _ => new Dictionary<string, string>());
        private readonly Queue<byte[]> _toServer = new();
        private readonly Queue<byte[]> _toClient = new();
        private DeltaStreamState _server = null!;
        private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public void OnResourcesChanged()
        {
        }

        internal void Check()
        {
            Reconnect();
            _client.FindOrAdd(TypeUrls.Cluster).SubscribeAll();
            for (var i = 0; i < 400; i++)
            {
                Step(_random.Next(8));
            }

            for (var quiet = 0; quiet < 40; quiet++)
            {
                _now += TimeSpan.FromSeconds(1);
                Step(4);
                Step(5);
                Step(6);
                Step(7);
            }

            foreach (var type in _types)
            {
                var subscription = _client.Find(type);
                var expected = _sets[type].GetAll()
                    .Where(resource => subscription is not null && subscription.IsSubscribed(resource.Name))
                    .Select(resource => $"{resource.Name}@{resource.Version}").Order();
                var actual = _held[type].Select(held => $"{held.Key}@{held.Value}").Order();
                Assert.True(expected.SequenceEqual(actual),
                    $"seed {seed} {type}: {string.Join(' ', actual)}, not {string.Join(' ', expected)}");
            }
        }

        private void Step(int action)
        {
            switch (action)
            {
                case 0:
                    Mutate();
                    break;
                case 1:
                    Resubscribe();
                    break;
                case 2 when _random.Next(10) == 0:
                    Reconnect();
                    break;
                case 3:
                    _now += TimeSpan.FromMilliseconds(_random.Next(6000));
                    break;
                case 4 when _client.TakeRequest() is { } request:
                    _toServer.Enqueue(request);
                    break;
                case 5 when _toServer.TryDequeue(out var request):
                    var parsed = DeltaDiscoveryRequest.Parser.ParseFrom(request);
                    _server.OnRequest(parsed.TypeUrl, parsed, _now);
                    break;
                case 6 when _server.TakeNext(_now) is { } response:
                    _toClient.Enqueue(response.ToArray());
                    break;
                case 7 when _toClient.TryDequeue(out var response):
                    Apply(response);
                    break;
                default:
                    break;
            }
        }

        private void Apply(byte[] message)
        {
            if (_client.OnResponse(message) is not { Update: { } update } response)
            {
                return;
            }

            var held = _held[update.TypeUrl];
            foreach (var entry in update.Resources)
            {
                held[entry.Name] = entry.Version;
            }

            foreach (var name in update.Removed)
            {
                held.Remove(name);
            }

            _client.OnApplied(response, XdsVerdict.Accepted);
        }

        private void Mutate()
        {
            var push = new XdsPush();
            foreach (var type in _types)
            {
                if (_random.Next(2) == 0)
                {
                    var name = $"r{_random.Next(6)}";
                    push.Add(_sets[type], [StreamFixture.Resource(type, $"{name}@{_random.Next(4)}")]);
                }
                else
                {
                    push.Add(_sets[type], [], [$"r{_random.Next(6)}"]);
                }
            }

            push.Publish();
        }

        private void Resubscribe()
        {
            var type = _types[1 + _random.Next(2)];
            var name = $"r{_random.Next(6)}";
            if (_random.Next(3) > 0)
            {
                _client.FindOrAdd(type).Subscribe([name]);
            }
            else
            {
                _client.FindOrAdd(type).Unsubscribe([name]);
                _held[type].Remove(name);
            }
        }

        private void Reconnect()
        {
            _toServer.Clear();
            _toClient.Clear();
            _server = new DeltaStreamState(new XdsServerOptions(), "n", type => _sets[type], this);
            _client.OnStreamOpened();
        }
    }
}
