using Lateen.TestKit;

namespace Lateen.Simulation.Tests;

/// <summary>
/// Pilot, the discovery protocol and the configuration of our proxies on a simulated network, driven by one seed:
/// objects change, messages are late, streams break, proxies and the control plane die. Goals: no route ever leads to a
/// cluster that is not there, nothing that Pilot makes is refused, and once it is quiet every proxy holds exactly what
/// the control plane has for it.
/// </summary>
public sealed class MeshSimulationTests
{
    private const int SeedCount = 60;
    private const int StepCount = 300;
    private const int QuietMax = 5000;

    /// <summary>Runs one seed only: the one that a failure named.</summary>
    private static readonly string? _onlySeed = Environment.GetEnvironmentVariable("LATEEN_SEED");

    [Fact]
    public void Mesh_RandomChangesAndFailures_Converges()
    {
        var seeds = _onlySeed is null ? Enumerable.Range(1, SeedCount)
            : [int.Parse(_onlySeed, System.Globalization.CultureInfo.InvariantCulture)];
        foreach (var seed in seeds)
        {
            var failures = Run(seed);
            Assert.True(failures.Count == 0, $"seed {seed}: {string.Join('\n', failures.Take(5))}\n"
                + $"replay: LATEEN_SEED={seed} dotnet test tests/Lateen.Simulation.Tests");
        }
    }

    private static List<string> Run(int seed)
    {
        var random = new Random(seed);
        var clock = new VirtualClock();
        var failures = new List<string>();
        var world = new SimulatedWorld(random);
        var proxies = Enumerable.Range(0, SimulatedWorld.ProxyCount)
            .Select(service => new SimulatedProxy(world, service, clock, failures)).ToArray();
        for (var i = 0; i < StepCount && failures.Count == 0; i++)
        {
            Step(random, clock, world, proxies);
        }
        world.Engine.Push();
        Settle(clock, proxies);
        failures.AddRange(proxies.SelectMany(proxy => proxy.Differences()));
        foreach (var proxy in proxies)
        {
            proxy.Dispose();
        }
        return failures;
    }

    private static void Step(Random random, VirtualClock clock, SimulatedWorld world, SimulatedProxy[] proxies)
    {
        var proxy = proxies[random.Next(proxies.Length)];
        switch (random.Next(100))
        {
            case < 6:
                world.Change();
                break;
            case < 12:
                world.Engine.Push();
                break;
            case < 14:
                proxy.Reconnect();
                break;
            case 14:
                proxy.Restart();
                break;
            case 15:
                world.Start();
                foreach (var each in proxies)
                {
                    each.Reconnect();
                }
                break;
            case < 20:
                clock.Advance(TimeSpan.FromMilliseconds(random.Next(4000)));
                break;
            default:
                proxy.Step(random.Next(4));
                break;
        }
    }

    /// <summary>Delivers all there is, until nothing moves any more.</summary>
    private static void Settle(VirtualClock clock, SimulatedProxy[] proxies)
    {
        for (var i = 0; i < QuietMax; i++)
        {
            var moved = false;
            foreach (var proxy in proxies)
            {
                for (var way = 0; way < 4; way++)
                {
                    moved |= proxy.Step(way);
                }
            }
            if (!moved && i > 100)
            {
                return;
            }
            clock.Advance(TimeSpan.FromMilliseconds(200));
        }
    }
}
