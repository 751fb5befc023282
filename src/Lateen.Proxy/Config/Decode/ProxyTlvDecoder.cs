using Envoy.Config.Core.V3;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Extensions that are added to a PROXY protocol header, of a cluster or of a host.</summary>
internal static class ProxyTlvDecoder
{
    private const string HostKey = "envoy.transport_sockets.proxy_protocol";
    private const string HostType = "envoy.config.core.v3.PerHostConfig";

    /// <summary>Those of a cluster: formats may make their values.</summary>
    public static (byte Type, byte[] Value)[] Decode(
        IReadOnlyList<TlvEntry>? entries, string path, DecodeContext context, out Tcp.TcpTlv[] formatted)
    {
        var formats = new List<Tcp.TcpTlv>();
        for (var i = 0; i < (entries?.Count ?? 0); i++)
        {
            var entry = entries![i];
            if (entry.FormatString is null)
            {
                continue;
            }
            if (!entry.Value.IsEmpty)
            {
                context.Error($"{path}[{i}]", "PROXY_PROTOCOL",
                    "Invalid TLV configuration: only one of 'value' or 'format_string' may be set.");
            }
            formats.Add(new Tcp.TcpTlv((byte)entry.Type, [], AccessLogDecoder.DecodeFormat(
                entry.FormatString, $"{path}[{i}].format_string", context)));
        }
        formatted = [.. formats];
        return Decode([.. entries?.Where(entry => entry.FormatString is null) ?? []], path, context);
    }

    public static (byte Type, byte[] Value)[] Decode(
        IReadOnlyList<TlvEntry>? entries, string path, DecodeContext context)
    {
        var tlvs = new List<(byte, byte[])>();
        for (var i = 0; i < (entries?.Count ?? 0); i++)
        {
            var entry = entries![i];
            if (entry.FormatString is not null)
            {
                context.Error($"{path}[{i}].format_string", "PROXY_PROTOCOL",
                    "values of added_tlvs from formats are not supported");
            }
            else if (entry.Type > byte.MaxValue || entry.Value.IsEmpty)
            {
                context.Error($"{path}[{i}]", "PROXY_PROTOCOL", "a type below 256 and a value are required");
            }
            else
            {
                tlvs.Add(((byte)entry.Type, entry.Value.ToByteArray()));
            }
        }
        return [.. tlvs];
    }

    /// <summary>What an endpoint's metadata says.</summary>
    public static (byte Type, byte[] Value)[] OfHost(Metadata? metadata, string path, DecodeContext context) =>
        metadata is not null && metadata.TypedFilterMetadata.TryGetValue(HostKey, out var any)
        && TypedConfigs.Open(any, out var bytes, out var fields) == HostType
            ? Decode(TypedConfigs.Read(PerHostConfig.Parser, bytes, fields).AddedTlvs,
                $"{path}.metadata.typed_filter_metadata", context)
            : [];
}
