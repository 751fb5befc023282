using Lateen.Proxy;
using Lateen.Proxy.Stats;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>What must hold of a world that has come to rest.</summary>
internal static class Verdict
{
    private static readonly string[] _activeSuffixes =
        ["cx_active", "rq_active", "rq_pending_active", "streams_active", "sess_active", "pending_send_bytes"];

    /// <summary>
    /// Every request is over. In a calm world without changes each of them that the client wanted has an answer.
    /// </summary>
    public static IEnumerable<string> OnExchanges(World world, bool hasChanged)
    {
        foreach (var exchange in world.Exchanges)
        {
            if (!exchange.IsOver && !exchange.IsExcused)
            {
                yield return $"request {exchange.Id} for {exchange.Clusters} is never answered ({exchange.Outcome})";
            }
        }

        if (world.IsWild || hasChanged)
        {
            yield break;
        }

        foreach (var exchange in world.Exchanges.Where(each => !each.IsExcused && !each.IsHeadSeen
            && each.Clusters != "t"))
        {
            yield return $"request {exchange.Id} for {exchange.Clusters} has no answer: {exchange.Outcome}";
        }
    }

    /// <summary>No connection, request or buffer is left.</summary>
    public static IEnumerable<string> OnQuiet(ProxyServer server)
    {
        foreach (var sample in server.Stats.Collect())
        {
            if (sample.Kind == StatKind.Gauge && sample.Value != 0
                && _activeSuffixes.Any(suffix => sample.Name.EndsWith(suffix, StringComparison.Ordinal)))
            {
                yield return $"{sample.Name} is {sample.Value} when all is quiet";
            }
        }

        foreach (var worker in server.Runtime.AllWorkers)
        {
            if (worker.Loop.Buffers.RentedCount != 0)
            {
                yield return $"worker {worker.Index} holds {worker.Loop.Buffers.RentedCount} buffers when all is quiet";
            }

            if (worker.ConnectionCount != 0)
            {
                yield return $"worker {worker.Index} has {worker.ConnectionCount} connections when all is quiet";
            }
        }
    }
}
