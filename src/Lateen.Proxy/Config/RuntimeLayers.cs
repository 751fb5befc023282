using System.Globalization;
using Envoy.Config.Bootstrap.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Routing;
using Lateen.Xds;

namespace Lateen.Proxy.Config;

/// <summary>
/// The layers of the bootstrap, static and discovered ones (RTDS); later ones win. What they come to is
/// <see cref="RuntimeSettings.Current"/>. Calls come from <see cref="ConfigurationManager"/>, one at a time, and for
/// the admin layer from the admin server: values are guarded.
/// </summary>
internal sealed class RuntimeLayers
{
    private readonly Lock _lock = new();
    private readonly List<RuntimeLayerEntry> _layers = [];

    /// <summary>Whether a discovered layer has not come yet: nothing else is asked for before.</summary>
    public bool IsAwaited => _layers.Exists(layer => layer.IsAwaited);

    /// <summary>How often the layers have been put together, the start's two included.</summary>
    public int LoadCount { get; private set; } = 2;

    /// <summary>Whether the admin layer holds a value.</summary>
    public bool HasOverrides { get; private set; }

    /// <summary>Copies of the values of all layers, in order.</summary>
    public Dictionary<string, RuntimeValue>[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _layers.Select(layer => new Dictionary<string, RuntimeValue>(layer.Values))];
        }
    }

    /// <summary>Changes the layer at <paramref name="index"/>; a null value removes the key.</summary>
    public void Change(int index, IEnumerable<(string Key, RuntimeValue? Value)> changes)
    {
        lock (_lock)
        {
            foreach (var (key, value) in changes)
            {
                if (value is { } given)
                {
                    _layers[index].Values[key] = given;
                }
                else
                {
                    _layers[index].Values.Remove(key);
                }
            }
            HasOverrides = _layers[index].Values.Count > 0;
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
                Add(values, "", fields);
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
            var entry = new RuntimeLayerEntry(layers![i].Name);
            if (layers[i].StaticLayer is { } fields)
            {
                Add(entry.Values, "", fields);
            }
            else if (layers[i].RtdsLayer is { } rtds)
            {
                entry.Resource = rtds.Name;
                entry.Source = SourceDecoder.Decode(
                    rtds.RtdsConfig, $"layered_runtime.layers[{i}].rtds_layer.rtds_config", context);
                entry.IsAwaited = true;
            }
            _layers.Add(entry);
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
                    Add(layer.Values, "", fields);
                }
            }
            Publish();
        }
    }

    private void Publish()
    {
        LoadCount++;
        var values = new Dictionary<string, RuntimeValue>();
        foreach (var (name, value) in _layers.SelectMany(layer => layer.Values))
        {
            values[name] = value;
        }
        RuntimeSettings.Current = new RuntimeSettings(values);
    }

    private static void Add(Dictionary<string, RuntimeValue> values, string prefix, Struct fields)
    {
        foreach (var (key, value) in fields.Fields)
        {
            var name = prefix.Length == 0 ? key : $"{prefix}.{key}";
            switch (value.KindCase)
            {
                case Value.KindOneofCase.NumberValue:
                    var text = value.NumberValue.ToString(CultureInfo.InvariantCulture);
                    values[name] = new RuntimeValue(text, value.NumberValue);
                    break;
                case Value.KindOneofCase.StringValue:
                    double.TryParse(value.StringValue, CultureInfo.InvariantCulture, out var number);
                    values[name] = new RuntimeValue(value.StringValue, number);
                    break;
                case Value.KindOneofCase.BoolValue:
                    values[name] = new RuntimeValue(value.BoolValue ? "true" : "false", value.BoolValue ? 1 : 0);
                    break;
                case Value.KindOneofCase.StructValue when value.StructValue.Fields.ContainsKey("numerator"):
                    values[name] = Fraction(value.StructValue);
                    break;
                case Value.KindOneofCase.StructValue:
                    Add(values, name, value.StructValue);
                    break;
            }
        }
    }

    private static RuntimeValue Fraction(Struct fields)
    {
        var numerator = (uint)fields.Fields["numerator"].NumberValue;
        var unit = fields.Fields.TryGetValue("denominator", out var value) ? value.StringValue : "HUNDRED";
        var denominator = unit switch
        {
            "TEN_THOUSAND" => 10_000u,
            "MILLION" => 1_000_000u,
            _ => 100u,
        };
        return new RuntimeValue($"{numerator}/{denominator}", numerator, numerator, denominator);
    }
}
