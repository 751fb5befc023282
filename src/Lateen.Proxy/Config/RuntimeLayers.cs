using Envoy.Config.Bootstrap.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Routing;
using Lateen.Xds;

namespace Lateen.Proxy.Config;

/// <summary>
/// The layers of the bootstrap: static, of files, discovered (RTDS), of the admin port; later ones win. What they come
/// to is <see cref="RuntimeSettings.Current"/>. Calls come from <see cref="ConfigurationManager"/>, one at a time, and
/// for the admin layer from the admin server: values are guarded.
/// </summary>
internal sealed class RuntimeLayers : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<RuntimeLayerEntry> _layers = [];
    private readonly List<FileSystemWatcher> _watches = [];

    /// <summary>Whether a discovered layer has not come yet: nothing else is asked for before.</summary>
    public bool IsAwaited => _layers.Exists(layer => layer.IsAwaited);

    /// <summary>How often the layers have been put together, the start's two included.</summary>
    public int LoadCount { get; private set; }

    /// <summary>How often a folder could not be read.</summary>
    public int ErrorCount { get; private set; }

    /// <summary>How often there was a folder of the service cluster's own.</summary>
    public int OverrideFolderCount { get; private set; }

    /// <summary>Whether the admin layer holds a value.</summary>
    public bool HasOverrides => _layers.Exists(layer => layer.IsAdmin && layer.Values.Count > 0);

    /// <summary>Whether there is an admin layer.</summary>
    public bool HasAdmin => _layers.Exists(layer => layer.IsAdmin);

    /// <summary>Layers that count.</summary>
    public int LayerCount => _layers.Count(layer => layer.IsPresent);

    /// <summary>Names of the layers and copies of their values, in order.</summary>
    public (string Name, Dictionary<string, RuntimeValue> Values)[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _layers.Where(layer => layer.IsPresent)
                .Select(layer => (layer.Name, new Dictionary<string, RuntimeValue>(layer.Values)))];
        }
    }

    /// <summary>Changes the admin layer; a null value removes the key.</summary>
    public void Change(IEnumerable<(string Key, RuntimeValue? Value)> changes)
    {
        lock (_lock)
        {
            var admin = _layers.First(layer => layer.IsAdmin);
            foreach (var (key, value) in changes)
            {
                if (value is { } given)
                {
                    admin.Values[key] = given;
                }
                else
                {
                    admin.Values.Remove(key);
                }
            }
            Publish();
        }
    }

    /// <summary>What the static layers of a bootstrap come to.</summary>
    public static RuntimeSettings Build(Bootstrap bootstrap)
    {
        var values = new Dictionary<string, RuntimeValue>();
        foreach (var layer in bootstrap.LayeredRuntime?.Layers ?? [])
        {
            if (layer.StaticLayer is { } fields)
            {
                RuntimeFields.Add(values, fields);
            }
        }
        return new RuntimeSettings(values);
    }

    /// <summary>Takes over the layers of the bootstrap.</summary>
    public void Read(Bootstrap bootstrap, DecodeContext context)
    {
        var layers = bootstrap.LayeredRuntime?.Layers;
        for (var i = 0; i < (layers?.Count ?? 0); i++)
        {
            var at = $"layered_runtime.layers[{i}]";
            if (_layers.Exists(layer => layer.Name == layers![i].Name))
            {
                context.Error(at, "RUNTIME", $"Duplicate layer name: {layers![i].Name}");
            }
            if (layers![i].AdminLayer is not null && HasAdmin)
            {
                context.Error(at, "RUNTIME",
                    "Too many admin layers specified in LayeredRuntime, at most one may be specified");
            }
            _layers.Add(ReadLayer(layers[i], bootstrap.Node?.Cluster ?? "", at, context));
        }
        if (layers is { Count: 0 })
        {
            _layers.Add(new RuntimeLayerEntry("") { IsAdmin = true });
        }
        lock (_lock)
        {
            // Two, as Envoy does: when the layers are made and when the clusters are there.
            Publish();
            Publish();
        }
    }

    public void Dispose()
    {
        foreach (var watch in _watches)
        {
            watch.Dispose();
        }
    }

    /// <summary>Adds the layers to be discovered.</summary>
    public void AddWanted(List<WantedResource> wanted)
    {
        foreach (var layer in _layers)
        {
            if (layer.Source is { } source)
            {
                wanted.Add(new WantedResource(TypeUrls.Runtime, layer.Resource, source, "runtime."));
            }
        }
    }

    /// <summary>Takes in a discovered layer.</summary>
    public ResourceOutcome Apply(ByteString body, DiscoverySource source)
    {
        var runtime = Envoy.Service.Runtime.V3.Runtime.Parser.ParseFrom(body);
        if (RuntimeFields.Add([], runtime.Layer ?? new Struct()) is { } wrong)
        {
            return ResourceOutcome.Rejected(runtime.Name, "RUNTIME", $"Invalid runtime entry value for {wrong}");
        }
        Set(source.Scope(runtime.Name), runtime.Layer);
        return ResourceOutcome.Accepted(runtime.Name);
    }

    /// <summary>A layer is not there any more.</summary>
    public void Remove(string key) => Set(key, null);

    /// <summary>A layer did not come in time.</summary>
    public void GiveUp(string key)
    {
        foreach (var layer in Find(key))
        {
            layer.IsAwaited = false;
        }
    }

    private IEnumerable<RuntimeLayerEntry> Find(string key) =>
        _layers.Where(layer => layer.Source?.Scope(layer.Resource) == key);

    private void Set(string key, Struct? fields)
    {
        lock (_lock)
        {
            foreach (var layer in Find(key))
            {
                layer.IsAwaited = false;
                layer.Values.Clear();
                if (fields is not null)
                {
                    RuntimeFields.Add(layer.Values, fields);
                }
            }
            Publish();
        }
    }

    private RuntimeLayerEntry ReadLayer(RuntimeLayer layer, string cluster, string path, DecodeContext context)
    {
        if (layer.DiskLayer is { } disk)
        {
            Watch(disk.SymlinkRoot, $"{path}.disk_layer.symlink_root", context);
            return new RuntimeLayerEntry(layer.Name)
            {
                Folder = Path.Combine(disk.SymlinkRoot, disk.Subdirectory, disk.AppendServiceCluster ? cluster : ""),
                IsOfCluster = disk.AppendServiceCluster,
            };
        }
        var entry = new RuntimeLayerEntry(layer.Name) { IsAdmin = layer.AdminLayer is not null };
        if (layer.StaticLayer is { } fields)
        {
            if (RuntimeFields.Add(entry.Values, fields) is { } wrong)
            {
                context.Error($"{path}.static_layer", "RUNTIME", $"Invalid runtime entry value for {wrong}");
            }
        }
        else if (layer.RtdsLayer is { } rtds)
        {
            entry.Resource = rtds.Name;
            entry.Source = SourceDecoder.Decode(rtds.RtdsConfig, $"{path}.rtds_layer.rtds_config", context);
            entry.IsAwaited = true;
        }
        return entry;
    }

    /// <summary>Has the layers put together anew when another link comes into the place of this one.</summary>
    private void Watch(string link, string path, DecodeContext context)
    {
        var folder = link.Length == 0 ? null : Path.GetDirectoryName(Path.GetFullPath(link));
        if (!Directory.Exists(folder))
        {
            context.Error(path, "RUNTIME", $"unable to add filesystem watch for file {link}: there is no such folder");
            return;
        }
        var watch = new FileSystemWatcher(folder, Path.GetFileName(link))
        {
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName,
        };
        watch.Renamed += (_, _) => Reload();
        watch.Created += (_, _) => Reload();
        watch.EnableRaisingEvents = true;
        _watches.Add(watch);
    }

    private void Reload()
    {
        lock (_lock)
        {
            Publish();
        }
    }

    private void Publish()
    {
        LoadCount++;
        var hasOverride = false;
        var values = new Dictionary<string, RuntimeValue>();
        foreach (var layer in _layers)
        {
            if (layer.Folder.Length > 0)
            {
                ReadFolder(layer);
                hasOverride |= layer.IsOfCluster && layer.IsPresent;
            }
            foreach (var (name, value) in layer.Values)
            {
                values[name] = value;
            }
        }
        OverrideFolderCount += hasOverride ? 1 : 0;
        RuntimeSettings.Current = new RuntimeSettings(values);
    }

    private void ReadFolder(RuntimeLayerEntry layer)
    {
        layer.Values.Clear();
        layer.IsPresent = Directory.Exists(layer.Folder);
        try
        {
            if (layer.IsPresent)
            {
                RuntimeDisk.Read(layer.Folder, layer.Values);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            layer.Values.Clear();
            layer.IsPresent = false;
            ErrorCount++;
        }
    }
}
