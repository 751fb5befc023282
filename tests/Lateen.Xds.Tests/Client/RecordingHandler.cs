using System.Threading.Channels;
using Lateen.Grpc;
using Lateen.Xds.Client;

namespace Lateen.Xds.Tests.Client;

/// <summary>Keeps what it is given as text, and rejects names that begin with "bad".</summary>
internal sealed class RecordingHandler : IXdsHandler
{
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();

    internal Dictionary<string, Dictionary<string, string>> Applied { get; } = [];

    internal Action<XdsUpdate>? OnUpdate { get; set; }

    public ValueTask<XdsVerdict> ApplyAsync(XdsUpdate update, CancellationToken cancellation)
    {
        if (!Applied.TryGetValue(update.TypeUrl, out var held))
        {
            Applied[update.TypeUrl] = held = [];
        }

        foreach (var name in update.Removed)
        {
            held.Remove(name);
        }

        var rejected = new List<string>();
        foreach (var entry in update.Resources)
        {
            if (entry.Name.StartsWith("bad", StringComparison.Ordinal))
            {
                rejected.Add(entry.Name);
            }
            else
            {
                held[entry.Name] = entry.Version;
            }
        }

        OnUpdate?.Invoke(update);
        var text = update.TypeUrl.Split('.')[^1]
            + string.Concat(update.Resources.Select(entry => $" +{entry.Name}@{entry.Version}").Order())
            + string.Concat(update.Removed.Select(name => $" -{name}").Order());
        _events.Writer.TryWrite(text);
        return ValueTask.FromResult(rejected.Count == 0
            ? XdsVerdict.Accepted
            : XdsVerdict.Reject($"rejected {string.Join(',', rejected)}", rejected));
    }

    public void OnConnected() => _events.Writer.TryWrite("connected");

    public void OnDisconnected(GrpcStatus status) => _events.Writer.TryWrite($"disconnected {status.Code}");

    internal async Task<string> NextAsync() =>
        await _events.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
}
