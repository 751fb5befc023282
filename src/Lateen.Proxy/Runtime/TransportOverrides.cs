using System.Text;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>What objects of the filter state ask of the TLS connections to hosts, whatever the cluster says. Source:
/// Envoy's <c>TransportSocketOptionsUtility::fromFilterState</c>.</summary>
internal static class TransportOverrides
{
    private const string ServerNameKey = "envoy.network.upstream_server_name";
    private const string AlpnKey = "envoy.network.application_protocols";
    private const string NamesKey = "envoy.network.upstream_subject_alt_names";

    /// <summary>The server name to send; null: the cluster's.</summary>
    internal static byte[]? ServerName(StreamInfo info) => Text(info, ServerNameKey);

    /// <summary>Names of which the host's certificate must have one, with commas between them; null: those of the
    /// cluster.</summary>
    internal static byte[]? SubjectAltNames(StreamInfo info) => Text(info, NamesKey);

    /// <summary>The protocols to offer; null: the cluster's.</summary>
    internal static byte[][]? Alpn(StreamInfo info) => Find(info, AlpnKey) is { } text
        ? [.. text.Split(',', StringSplitOptions.TrimEntries).Select(Encoding.UTF8.GetBytes)]
        : null;

    private static byte[]? Text(StreamInfo info, string key) =>
        Find(info, key) is { } text ? Encoding.UTF8.GetBytes(text) : null;

    private static string? Find(StreamInfo info, string key) =>
        info.FilterState is null && info.Connection.FilterState is null ? null : info.GetFilterState(key) as string;
}
