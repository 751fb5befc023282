using System.Buffers.Text;
using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>Where a request wants to go by itself, and headers of the caller that are checked.</content>
internal sealed partial class Router
{
    /// <summary>Of the hosts that a request may name.</summary>
    private const int NamedHostsMax = 64;

    /// <summary>The address for an ORIGINAL_DST cluster: filter state, metadata, header, or where the connection was
    /// going; empty: none.</summary>
    private Address OriginalDestination(HeaderMap request, ConnectionInfo connection)
    {
        var config = _cluster!.Config;
        if (config.Type != Clusters.DiscoveryType.OriginalDst)
        {
            return default;
        }

        if (Info.GetFilterState(OriginalDestinationKeys.Upstream) is { } state)
        {
            return ParseDestination(state as byte[] ?? System.Text.Encoding.UTF8.GetBytes(state.ToString() ?? ""));
        }

        if (config.OriginalDstMetadata is { } key)
        {
            if (Info.Metadata?.GetPath(key.Filter, key.Path) is { } value)
            {
                return ParseDestination(value as byte[] ?? System.Text.Encoding.UTF8.GetBytes(value.ToString() ?? ""));
            }
        }

        if (config.OriginalDstHeader is { Length: > 0 } header
            && request.TryGet(HeaderName.Create(header), out var named))
        {
            return ParseDestination(named);
        }

        return connection.LocalAddressRestored ? connection.LocalAddress : default;
    }

    /// <summary>Notes the hosts that the first source which names some asks for, separated by commas.</summary>
    private void NameHosts(Clusters.OverrideHostSource[] sources, HeaderMap request)
    {
        var named = _context.NamedHosts ??= new Queue<Address>();
        foreach (var source in sources)
        {
            var text = default(ReadOnlySpan<byte>);
            if (source.Header is { } header)
            {
                text = request.TryGet(header, out var value) ? value : default;
            }
            else if (Info.Metadata?.GetPath(source.Namespace, source.Path) is { } found)
            {
                text = found as byte[] ?? System.Text.Encoding.UTF8.GetBytes(found.ToString() ?? "");
            }

            foreach (var part in text.Split((byte)','))
            {
                if (Address.TryParse(text[part].Trim((byte)' '), out var address) && named.Count < NamedHostsMax)
                {
                    named.Enqueue(address);
                }
            }

            if (named.Count > 0)
            {
                return;
            }
        }
    }

    private Address ParseDestination(ReadOnlySpan<byte> text)
    {
        if (Address.TryParse(text, out var address) && !address.IsPipe && address.Port > 0)
        {
            return address;
        }

        Count(ClusterStat.OriginalDstHostInvalid);
        return default;
    }

    /// <summary>A control header that is to be checked has a value that means nothing: 400.</summary>
    private bool IsMalformed(HeaderMap request)
    {
        foreach (var name in _filter!.StrictCheckHeaders)
        {
            if (!request.TryGet(HeaderName.Create(name), out var value) || IsWellFormed(name, value))
            {
                continue;
            }

            var text = System.Text.Encoding.UTF8.GetString(value);
            _stream.SendLocalReply(
                400, System.Text.Encoding.UTF8.GetBytes($"invalid header '{name}' with value '{text}'"),
                ResponseFlags.InvalidEnvoyRequestHeaders,
                System.Text.Encoding.UTF8.GetBytes($"request_headers_failed_strict_check{{{name}}}"));
            return true;
        }

        return false;
    }

    private static bool IsWellFormed(string name, ReadOnlySpan<byte> value) => name switch
    {
        "x-envoy-retry-on" => RetryPolicy.AreWordsKnown(value, false),
        "x-envoy-retry-grpc-on" => RetryPolicy.AreWordsKnown(value, true),
        _ => Utf8Parser.TryParse(value, out uint _, out var used) && used == value.Length,
    };
}
