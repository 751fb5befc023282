using System.Collections.Immutable;
using Google.Protobuf;
using Istio.Mesh.V1Alpha1;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;

namespace Lateen.Galley;

/// <summary>Reads the configuration of the mesh from YAML and lays it over a base.</summary>
public static class MeshConfigReader
{
    /// <summary>
    /// Lays YAML over a mesh configuration: a field that is written replaces the base's, except <c>defaultConfig</c>
    /// (see <see cref="ApplyProxyConfig"/>), <c>defaultProviders</c> (by kind), <c>extensionProviders</c> (by name) and
    /// <c>trustDomainAliases</c> (united and sorted). Unknown fields are passed over, as a newer author may know more.
    /// </summary>
    public static MeshConfig Apply(MeshConfig @base, YamlNode overlay, ICollection<ConfigError> errors)
    {
        var written = new MeshConfig();
        var reader = NewReader(errors);
        reader.Merge(written, overlay, "");
        var result = @base.Clone();
        foreach (var field in MeshConfig.Descriptor.Fields.InFieldNumberOrder())
        {
            if (!IsWritten(overlay, field.JsonName, field.Name))
            {
                continue;
            }

            switch (field.FieldNumber)
            {
                case MeshConfig.DefaultConfigFieldNumber:
                    var proxy = result.DefaultConfig ?? new ProxyConfig();
                    result.DefaultConfig = ApplyProxyConfig(proxy, Node(overlay, field.JsonName, field.Name)!, []);
                    break;
                case MeshConfig.DefaultProvidersFieldNumber:
                    result.DefaultProviders = MergeProviders(@base.DefaultProviders, written.DefaultProviders);
                    break;
                case MeshConfig.ExtensionProvidersFieldNumber:
                    MergeByName(result, written);
                    break;
                case MeshConfig.TrustDomainAliasesFieldNumber:
                    var aliases = @base.TrustDomainAliases.Union(written.TrustDomainAliases);
                    result.TrustDomainAliases.Clear();
                    result.TrustDomainAliases.AddRange(aliases.Order(StringComparer.Ordinal));
                    break;
                default:
                    Replace(result, written, field);
                    break;
            }
        }

        return result;
    }

    /// <summary>
    /// Lays YAML over a proxy's configuration: a field that is written replaces the base's, except
    /// <c>proxyMetadata</c> and <c>runtimeValues</c>, which are merged by key, and <c>proxyHeaders</c>, whose members
    /// are replaced one by one.
    /// </summary>
    public static ProxyConfig ApplyProxyConfig(ProxyConfig @base, YamlNode overlay, ICollection<ConfigError> errors)
    {
        var written = new ProxyConfig();
        NewReader(errors).Merge(written, overlay, "");
        var result = @base.Clone();
        foreach (var field in ProxyConfig.Descriptor.Fields.InFieldNumberOrder())
        {
            if (!IsWritten(overlay, field.JsonName, field.Name))
            {
                continue;
            }

            if (field.FieldNumber is ProxyConfig.ProxyMetadataFieldNumber or ProxyConfig.RuntimeValuesFieldNumber)
            {
                var isMetadata = field.FieldNumber == ProxyConfig.ProxyMetadataFieldNumber;
                var target = isMetadata ? result.ProxyMetadata : result.RuntimeValues;
                foreach (var (key, value) in isMetadata ? written.ProxyMetadata : written.RuntimeValues)
                {
                    target[key] = value;
                }
            }
            else if (field.FieldNumber == ProxyConfig.ProxyHeadersFieldNumber)
            {
                result.ProxyHeaders = MergeHeaders(
                    result.ProxyHeaders, written.ProxyHeaders, Node(overlay, field.JsonName, field.Name)!);
            }
            else
            {
                Replace(result, written, field);
            }
        }

        return result;
    }

    /// <summary>
    /// The mesh configuration of a snapshot: Istio's defaults under the <c>mesh</c> key of the ConfigMap <c>istio</c>
    /// in <c>istio-system</c>. What cannot be read stays at its default and is reported.
    /// </summary>
    public static MeshConfig FromSnapshot(ConfigSnapshot snapshot, out ImmutableArray<ConfigError> errors)
    {
        var found = ImmutableArray.CreateBuilder<ConfigError>();
        var result = DefaultMeshConfig.Create();
        if (Data(snapshot, "mesh", found) is { } node)
        {
            result = Apply(result, node, found);
        }

        errors = found.DrainToImmutable();
        return result;
    }

    /// <summary>The networks of a snapshot: the <c>meshNetworks</c> key of the same ConfigMap.</summary>
    public static MeshNetworks NetworksFromSnapshot(ConfigSnapshot snapshot, out ImmutableArray<ConfigError> errors)
    {
        var found = ImmutableArray.CreateBuilder<ConfigError>();
        var result = new MeshNetworks();
        if (Data(snapshot, "meshNetworks", found) is { } node)
        {
            NewReader(found).Merge(result, node, "");
        }

        errors = found.DrainToImmutable();
        return result;
    }

    /// <summary>The ConfigMap that holds the mesh configuration.</summary>
    public static ConfigKey ConfigMapKey { get; } = new(ConfigKinds.ConfigMap, "istio-system", "istio");

    private static MessageReader NewReader(ICollection<ConfigError> errors) =>
        new(MessageReadOptions.Istio with { IgnoreUnknownFields = true }, errors);

    private static YamlNode? Data(
        ConfigSnapshot snapshot, string key, ImmutableArray<ConfigError>.Builder errors)
    {
        var map = snapshot.Get(ConfigMapKey);
        if (map is null || !map.As<Kubernetes.Objects.ConfigMap>().Data.TryGetValue(key, out var text))
        {
            return null;
        }

        var stream = YamlReader.Read(text, $"{map.Position.File ?? map.ToString()}#data.{key}");
        errors.AddRange(stream.Errors);
        return stream.Documents.FirstOrDefault();
    }

    private static bool IsWritten(YamlNode overlay, string jsonName, string name) =>
        Node(overlay, jsonName, name) is { IsNull: false };

    private static YamlNode? Node(YamlNode overlay, string jsonName, string name) => overlay[jsonName] ?? overlay[name];

    // Replaces one field by way of the wire format, which handles every type alike.
    private static void Replace<T>(T target, T written, Google.Protobuf.Reflection.FieldDescriptor field)
        where T : IMessage<T>
    {
        field.Accessor.Clear(target);
        var value = field.Accessor.GetValue(written);
        if (field.IsMap || field.IsRepeated)
        {
            CopyMany(target, value, field);
        }
        else if (value is not null && (!field.HasPresence || field.Accessor.HasValue(written)))
        {
            field.Accessor.SetValue(target, value);
        }
    }

    private static void CopyMany(IMessage target, object value, Google.Protobuf.Reflection.FieldDescriptor field)
    {
        if (field.IsMap)
        {
            var map = (System.Collections.IDictionary)field.Accessor.GetValue(target);
            foreach (System.Collections.DictionaryEntry entry in (System.Collections.IDictionary)value)
            {
                map[entry.Key] = entry.Value;
            }
        }
        else
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(target);
            foreach (var item in (System.Collections.IEnumerable)value)
            {
                list.Add(item);
            }
        }
    }

    private static MeshConfig.Types.DefaultProviders MergeProviders(
        MeshConfig.Types.DefaultProviders? @base, MeshConfig.Types.DefaultProviders written)
    {
        var result = @base?.Clone() ?? new MeshConfig.Types.DefaultProviders();
        foreach (var field in MeshConfig.Types.DefaultProviders.Descriptor.Fields.InFieldNumberOrder())
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(written);
            if (list.Count > 0)
            {
                Replace(result, written, field);
            }
        }

        return result;
    }

    private static ProxyConfig.Types.ProxyHeaders MergeHeaders(
        ProxyConfig.Types.ProxyHeaders? @base, ProxyConfig.Types.ProxyHeaders written, YamlNode overlay)
    {
        var result = @base?.Clone() ?? new ProxyConfig.Types.ProxyHeaders();
        foreach (var field in ProxyConfig.Types.ProxyHeaders.Descriptor.Fields.InFieldNumberOrder())
        {
            if (IsWritten(overlay, field.JsonName, field.Name))
            {
                Replace(result, written, field);
            }
        }

        return result;
    }

    private static void MergeByName(MeshConfig result, MeshConfig written)
    {
        foreach (var provider in written.ExtensionProviders)
        {
            var at = 0;
            while (at < result.ExtensionProviders.Count && result.ExtensionProviders[at].Name != provider.Name)
            {
                at++;
            }

            if (at < result.ExtensionProviders.Count)
            {
                result.ExtensionProviders[at] = provider;
            }
            else
            {
                result.ExtensionProviders.Add(provider);
            }
        }
    }
}
