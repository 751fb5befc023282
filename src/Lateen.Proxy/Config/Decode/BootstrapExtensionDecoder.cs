using Envoy.Config.Core.V3;
using Envoy.Extensions.Bootstrap.InternalListener.V3;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The bootstrap's extensions. They are read before all resources, which may need them.</summary>
internal static class BootstrapExtensionDecoder
{
    private const string InternalListenerType = "envoy.extensions.bootstrap.internal_listener.v3.InternalListener";
    private const uint BufferKiloBytesMax = 8192;
    private const int BufferKiloBytes = 1024;

    public static void Decode(IReadOnlyList<TypedExtensionConfig> extensions, DecodeContext context)
    {
        for (var i = 0; i < extensions.Count; i++)
        {
            var path = $"bootstrap_extensions[{i}]";
            var type = TypedConfigs.Open(extensions[i].TypedConfig, out var bytes, out var fields);
            if (type == InternalListenerType)
            {
                // Istio's bootstrap gives a mapping, which is read here so that no reflection is loaded for it.
                var config = fields is null
                    ? InternalListener.Parser.ParseFrom(bytes)
                    : FromFields(fields, path, context);
                DecodeInternal(config, path, context);
            }
            else if (type == "istio.workload.BootstrapExtension")
            {
                var config = TypedConfigs.Read(Istio.Workload.BootstrapExtension.Parser, bytes, fields);
                context.Resources.Workloads.Source = config.ConfigSource is null
                    ? null
                    : SourceDecoder.Decode(config.ConfigSource, $"{path}.typed_config.config_source", context);
            }
            else
            {
                TypedConfigs.ReportUnknown(extensions[i].Name, extensions[i].TypedConfig, path, context);
            }
        }
    }

    private static InternalListener FromFields(Struct fields, string path, DecodeContext context)
    {
        var config = new InternalListener();
        foreach (var (name, value) in fields.Fields)
        {
            if (name is "buffer_size_kb" or "bufferSizeKb")
            {
                config.BufferSizeKb = (uint)Math.Clamp(value.NumberValue, 0, uint.MaxValue);
            }
            else
            {
                context.Error($"{path}.typed_config.{name}", "UNKNOWN_FIELD", $"no such field: {name}");
            }
        }
        return config;
    }

    private static void DecodeInternal(InternalListener config, string path, DecodeContext context)
    {
        if (config.BufferSizeKb is 0 or > BufferKiloBytesMax)
        {
            context.Error($"{path}.typed_config.buffer_size_kb", "BOOTSTRAP_EXTENSION",
                $"value must be inside range [1, {BufferKiloBytesMax}]");
        }
        context.Resources.InternalBufferBytesMax = (int)(config.BufferSizeKb ?? BufferKiloBytes) * 1024;
    }
}
