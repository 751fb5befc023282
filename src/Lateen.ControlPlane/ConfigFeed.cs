using Istio.Security.V1Beta1;
using Lateen.ControlPlane.Jwks;
using Lateen.Core.Logging;
using Lateen.Galley;
using Lateen.Pilot.Model;
using Lateen.Pilot.Serving;
using MeshConfig = Istio.Mesh.V1Alpha1.MeshConfig;

namespace Lateen.ControlPlane;

/// <summary>
/// Carries Galley's store into Pilot: everything at the start, then each change. A RequestAuthentication that names
/// keys by address waits until they were tried to be fetched, so that no proxy meets it without them; others pass.
/// </summary>
internal sealed class ConfigFeed(
    ConfigStore store, PilotServer pilot, JwksResolver jwks, TimeProvider clock, Logger log) : IDisposable
{
    /// <summary>The longest that keys are waited for; then the policy goes on, and its tokens are refused.</summary>
    private static readonly TimeSpan _holdMax = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, MeshObject> _held = [];

    public async Task StartAsync(CancellationToken cancellation)
    {
        // Taken before the snapshots: a change in between is seen twice, which does no harm, rather than never.
        store.Changed += OnChanged;
        Task tried;
        lock (_lock)
        {
            tried = Task.WhenAll(
                store.Current.All.Select(ConfigTranslation.Translate).Select(item => Use(item.Key, item)).ToList());
        }
        await WaitAsync(tried).WaitAsync(cancellation).ConfigureAwait(false);
        Task started;
        lock (_lock)
        {
            var snapshot = store.Current;
            started = pilot.StartAsync(
                [.. snapshot.All.Select(ConfigTranslation.Translate).Where(item => !_held.ContainsKey(item.Key))],
                MeshOf(snapshot), MeshConfigReader.NetworksFromSnapshot(snapshot, out _));
        }
        await started.ConfigureAwait(false);
    }

    public void Dispose() => store.Changed -= OnChanged;

    private void OnChanged(ConfigChangeSet changes)
    {
        if (changes.Changes.Any(c => c.Key == MeshConfigReader.ConfigMapKey))
        {
            pilot.ChangeMesh(MeshOf(changes.After), MeshConfigReader.NetworksFromSnapshot(changes.After, out _));
        }
        lock (_lock)
        {
            var passed = new List<(ObjectKey, MeshObject?)>();
            foreach (var change in changes.Changes)
            {
                var key = ConfigTranslation.KeyOf(change.Key);
                var item = change.After is null ? null : ConfigTranslation.Translate(change.After);
                var tried = Use(key, item);
                if (item is null || tried.IsCompleted)
                {
                    _held.Remove(key);
                    passed.Add((key, item));
                }
                else
                {
                    _held[key] = item;
                    _ = PassLaterAsync(item, tried);
                }
            }
            pilot.Change(passed);
        }
    }

    private Task Use(ObjectKey key, MeshObject? item) => key.Kind != ObjectKind.RequestAuthentication
        ? Task.CompletedTask : jwks.Use(key, item?.As<RequestAuthentication>().JwtRules ?? []);

    /// <summary>Unless a newer version of the object came meanwhile.</summary>
    private async Task PassLaterAsync(MeshObject item, Task tried)
    {
        await WaitAsync(tried).ConfigureAwait(false);
        lock (_lock)
        {
            if (_held.TryGetValue(item.Key, out var last) && ReferenceEquals(last, item))
            {
                _held.Remove(item.Key);
                pilot.Change([(item.Key, item)]);
            }
        }
    }

    private async Task WaitAsync(Task tried) =>
        await Task.WhenAny(tried, Task.Delay(_holdMax, clock)).ConfigureAwait(false);

    private MeshConfig MeshOf(ConfigSnapshot snapshot)
    {
        var mesh = MeshConfigReader.FromSnapshot(snapshot, out var errors);
        foreach (var error in errors)
        {
            log.Warn($"mesh configuration: {error}");
        }
        return mesh;
    }
}
