using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tcp;

/// <summary>An extension of PROXY protocol headers that tcp_proxy adds. Source: <c>core.v3.TlvEntry</c>.</summary>
/// <param name="Type">Its number.</param>
/// <param name="Value">Its bytes, when there is no format.</param>
/// <param name="Format">Makes its bytes of the connection; null: they are fixed.</param>
internal sealed record TcpTlv(byte Type, byte[] Value, AccessLogFormat? Format)
{
    /// <summary>The header of a connection with the filter's own TLVs, which the connection keeps.</summary>
    public static ProxyProtocolState Merge(TcpProxyConfig config, ConnectionInfo connection, StreamInfo info)
    {
        if (config.Tlvs.Length == 0
            || (connection.ProxyProtocol is not null && config.TlvMerge == TlvMergePolicy.AddIfAbsent))
        {
            return connection.ToProxyProtocol();
        }
        var own = config.Tlvs.Select(tlv => (tlv.Type, Value: tlv.Make(info))).ToList();
        var state = connection.ToProxyProtocol();
        var kept = config.TlvMerge == TlvMergePolicy.OverwriteByTypeIfExistsOrAdd
            ? state.Tlvs.Where(tlv => !own.Exists(added => added.Type == tlv.Type))
            : state.Tlvs;
        return connection.ProxyProtocol = state with { Tlvs = [.. kept, .. own] };
    }

    /// <summary>Its bytes now.</summary>
    internal byte[] Make(StreamInfo info)
    {
        if (Format is null)
        {
            return Value;
        }
        var output = Scratch.Formatted;
        Format.Write(output, info, new FormatContext(AccessLogType.NotSet));
        return output.Written.ToArray();
    }
}
