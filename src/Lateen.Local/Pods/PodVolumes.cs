using System.Globalization;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Cluster;

namespace Lateen.Local.Pods;

/// <summary>
/// A pod's volumes as folders: empty ones, and files out of config maps, secrets, the pod's own metadata and tokens.
/// </summary>
internal sealed class PodVolumes(LocalPod pod, ClusterState cluster, string folder, Func<LocalPod, TimeSpan,
    string> issueToken)
{
    private const UnixFileMode Open = (UnixFileMode)0x1FF;
    private const UnixFileMode ReadAll = (UnixFileMode)0x1A4;
    private static readonly TimeSpan _tokenLifetime = TimeSpan.FromHours(24);

    /// <summary>Makes all of them; returns the folder of each by name.</summary>
    public Dictionary<string, string> Prepare()
    {
        Dictionary<string, string> folders = [];
        foreach (var volume in pod.Object.Spec.Volumes)
        {
            if (volume.HostPath is { } host)
            {
                folders[volume.Name] = host.Fields["path"].StringValue;
                continue;
            }

            var path = Path.Combine(folder, "volumes", volume.Name);
            Directory.CreateDirectory(path);
            File.SetUnixFileMode(path, Open);
            Fill(volume, path);
            folders[volume.Name] = path;
        }

        return folders;
    }

    /// <summary>Writes labels and annotations, config maps, secrets and tokens anew.</summary>
    private void Fill(Volume volume, string path)
    {
        if (volume.ConfigMap is { } map)
        {
            WriteMap(path, map, "name", cluster.ConfigMaps, "config map");
        }
        else if (volume.Secret is { } secret)
        {
            WriteMap(path, secret, "secretName", cluster.Secrets, "secret");
        }
        else if (volume.DownwardApi is { } downward)
        {
            WriteFields(path, downward);
        }
        else if (volume.Projected?.Fields.TryGetValue("sources", out var sources) == true)
        {
            foreach (var source in sources.ListValue.Values.Select(v => v.StructValue))
            {
                WriteSource(path, source);
            }
        }
    }

    private void WriteSource(string path, Struct source)
    {
        if (source.Fields.TryGetValue("configMap", out var map))
        {
            WriteMap(path, map.StructValue, "name", cluster.ConfigMaps, "config map");
        }

        if (source.Fields.TryGetValue("secret", out var secret))
        {
            WriteMap(path, secret.StructValue, "name", cluster.Secrets, "secret");
        }

        if (source.Fields.TryGetValue("downwardAPI", out var downward))
        {
            WriteFields(path, downward.StructValue);
        }

        if (source.Fields.TryGetValue("serviceAccountToken", out var token))
        {
            Write(path, token.StructValue.Fields["path"].StringValue,
                Encoding.UTF8.GetBytes(issueToken(pod, _tokenLifetime)));
        }
    }

    private void WriteMap(
        string path,
        Struct reference,
        string nameField,
        IReadOnlyDictionary<ObjectName, IReadOnlyDictionary<string, byte[]>> maps,
        string kind)
    {
        var name = reference.Fields.TryGetValue(nameField, out var n) ? n.StringValue : "";
        if (!maps.TryGetValue(new ObjectName(pod.Id.Namespace, name), out var map))
        {
            var optional = reference.Fields.TryGetValue("optional", out var o) && o.BoolValue;
            if (!optional)
            {
                throw new LocalException($"there is no {kind} {pod.Id.Namespace}/{name}");
            }

            return;
        }

        var items = reference.Fields.TryGetValue("items", out var list)
            ? list.ListValue.Values.Select(v => v.StructValue.Fields)
                .Select(f => (Key: f["key"].StringValue, Path: f["path"].StringValue))
            : map.Keys.Select(k => (Key: k, Path: k));
        foreach (var item in items)
        {
            if (map.TryGetValue(item.Key, out var bytes))
            {
                Write(path, item.Path, bytes);
            }
        }
    }

    private void WriteFields(string path, Struct downward)
    {
        if (!downward.Fields.TryGetValue("items", out var items))
        {
            return;
        }

        foreach (var item in items.ListValue.Values.Select(v => v.StructValue.Fields))
        {
            if (item.TryGetValue("fieldRef", out var field))
            {
                var value = ContainerEnvironment.Field(pod, field.StructValue.Fields["fieldPath"].StringValue);
                Write(path, item["path"].StringValue, Encoding.UTF8.GetBytes(value));
            }
        }
    }

    private static void Write(string folder, string name, byte[] bytes)
    {
        var path = Path.GetFullPath(Path.Combine(folder, name));
        if (!path.StartsWith(folder + "/", StringComparison.Ordinal))
        {
            throw new LocalException(string.Create(CultureInfo.InvariantCulture,
                $"volume path {name} leads out of its volume"));
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        File.SetUnixFileMode(path, ReadAll);
    }
}
