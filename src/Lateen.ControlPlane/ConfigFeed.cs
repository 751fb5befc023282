using Lateen.Core.Logging;
using Lateen.Galley;
using Lateen.Pilot.Model;
using Lateen.Pilot.Serving;

namespace Lateen.ControlPlane;

/// <summary>Carries Galley's store into Pilot: everything at the start, then each change.</summary>
internal sealed class ConfigFeed(ConfigStore store, PilotServer pilot, Logger log) : IDisposable
{
    public async Task StartAsync()
    {
        // Taken before the snapshot: a change in between is seen twice, which does no harm, rather than never.
        store.Changed += OnChanged;
        var snapshot = store.Current;
        await pilot.StartAsync(
            snapshot.All.Select(ConfigTranslation.Translate), MeshOf(snapshot),
            MeshConfigReader.NetworksFromSnapshot(snapshot, out _)).ConfigureAwait(false);
    }

    public void Dispose() => store.Changed -= OnChanged;

    private void OnChanged(ConfigChangeSet changes)
    {
        if (changes.Changes.Any(c => c.Key == MeshConfigReader.ConfigMapKey))
        {
            pilot.ChangeMesh(MeshOf(changes.After), MeshConfigReader.NetworksFromSnapshot(changes.After, out _));
        }
        pilot.Change(changes.Changes.Select(c => (
            ConfigTranslation.KeyOf(c.Key), c.After is null ? null : ConfigTranslation.Translate(c.After))));
    }

    private Istio.Mesh.V1Alpha1.MeshConfig MeshOf(ConfigSnapshot snapshot)
    {
        var mesh = MeshConfigReader.FromSnapshot(snapshot, out var errors);
        foreach (var error in errors)
        {
            log.Warn($"mesh configuration: {error}");
        }
        return mesh;
    }
}
