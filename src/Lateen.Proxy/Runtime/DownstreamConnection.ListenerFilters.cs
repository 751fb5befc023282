using Lateen.Net;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>The listener filters, in order, over the bytes that have come; they consume none but a PROXY
/// header.</content>
internal sealed partial class DownstreamConnection
{
    private const int InspectBytesMax = 64 * 1024;
    private const string TlsInspectorNamespace = "envoy.filters.listener.tls_inspector";

    private void RunListenerFilters()
    {
        var filters = Snapshot.ListenerFilters;
        while (_filterIndex < filters.Length)
        {
            var filter = filters[_filterIndex];
            if (!filter.IsDisabledFor(LocalAddress.Port) && !RunListenerFilter(filter))
            {
                return;
            }

            _filterIndex++;
        }

        ChooseChain();
    }

    /// <summary>False when the filter waits for bytes, or has closed the connection.</summary>
    private bool RunListenerFilter(ListenerFilterConfig filter)
    {
        switch (filter.Kind)
        {
            case ListenerFilterKind.OriginalDst:
                RestoreDestination();
                return true;
            case ListenerFilterKind.TlsInspector:
                return InspectTls(filter);
            case ListenerFilterKind.HttpInspector:
                return InspectHttp(filter);
            case ListenerFilterKind.ProxyProtocol:
                return ReadProxyHeader(filter);
            case ListenerFilterKind.OriginalSrc:
                if (!RemoteAddress.Ip.IsEmpty)
                {
                    OriginalSource = new OriginalSource(RemoteAddress.Ip, filter.Mark);
                }

                return true;
            case ListenerFilterKind.LocalRateLimit:
                return TakeToken(filter);
            case ListenerFilterKind.Discovered when filter.Slot!.Active is { } discovered:
                return RunListenerFilter(discovered);
            case ListenerFilterKind.Discovered:
                Snapshot.Stats.Add(Worker.Index, ListenerStat.ExtensionConfigMissing);
                Connection.Close(CloseType.NoFlush);
                return false;
            default:
                return true;
        }
    }

    private void RestoreDestination()
    {
        if (Connection.IsInternal)
        {
            RestoreInternally();
        }
        else if (Snapshot.Transparent == true)
        {
            LocalAddressRestored = true;
        }
        else if (Connection.TryGetOriginalDestination(out var destination))
        {
            SetLocalAddress(Worker.Addresses.Get(NetAddresses.ToAddress(destination)));
            LocalAddressRestored = true;
        }
    }

    /// <summary>Without a kernel to ask, endpoint metadata or filter state name the addresses.</summary>
    private void RestoreInternally()
    {
        var local = Metadata?.Get(OriginalDestinationKeys.Metadata, OriginalDestinationKeys.MetadataLocal)
            ?? GetFilterState(OriginalDestinationKeys.Local);
        if (TryParse(local, out var destination))
        {
            LocalAddress = destination;
            LocalAddressRestored = true;
        }

        if (TryParse(GetFilterState(OriginalDestinationKeys.Remote), out var source))
        {
            RemoteAddress = source;
        }
    }

    private static bool TryParse(object? text, out Addresses.Address address)
    {
        address = default;
        return text is string value
            && Addresses.Address.TryParse(System.Text.Encoding.UTF8.GetBytes(value), out address);
    }

    private bool TakeToken(ListenerFilterConfig filter)
    {
        if (!filter.Enabled.IsOn || filter.Bucket is not { } bucket || bucket.TryTake(Worker.NowNanos))
        {
            return true;
        }

        filter.Count(Worker.Index, "rate_limited");
        Connection.Close(CloseType.NoFlush);
        return false;
    }

    private bool InspectTls(ListenerFilterConfig filter)
    {
        if (Connection.IsInputEmpty)
        {
            return false;
        }

        var input = Connection.Input.Coalesce(filter.ClientHelloBytesMax);
        var bytes = input[..Math.Min(input.Length, filter.ClientHelloBytesMax)];
        switch (TlsInspector.Inspect(bytes, out var serverName, out var protocols, out var hello))
        {
            case InspectResult.NeedMore when bytes.Length < filter.ClientHelloBytesMax:
                return false;
            case InspectResult.NeedMore:
                filter.Count(Worker.Index, "client_hello_too_large");
                NoteFailure("ClientHelloTooLarge");
                Connection.Close(CloseType.NoFlush);
                return false;
            case InspectResult.Found:
                TransportProtocolTls = true;
                RequestedServerName = serverName;
                ApplicationProtocols = protocols;
                Ja3 = filter.HasJa3 ? TlsFingerprints.Ja3(hello) : null;
                Ja4 = filter.HasJa4 ? TlsFingerprints.Ja4(hello, serverName.Length > 0, protocols) : null;
                CountHello(filter);
                return true;
            default:
                filter.Count(Worker.Index, "tls_not_found");
                NoteFailure("ClientHelloNotDetected");
                if (!filter.ClosesOnParsingErrors)
                {
                    return true;
                }

                Connection.Close(CloseType.NoFlush);
                return false;
        }
    }

    private void CountHello(ListenerFilterConfig filter)
    {
        var worker = Worker.Index;
        filter.Count(worker, "tls_found");
        filter.Count(worker, RequestedServerName.Length > 0 ? "sni_found" : "sni_not_found");
        filter.Count(worker, ApplicationProtocols.Length > 0 ? "alpn_found" : "alpn_not_found");
    }

    private void NoteFailure(string reason) =>
        (Metadata ??= new DynamicMetadata()).Set(TlsInspectorNamespace, "failure_reason", reason);

    private bool InspectHttp(ListenerFilterConfig filter)
    {
        if (TransportProtocolTls)
        {
            return true;
        }

        if (Connection.IsInputEmpty)
        {
            return false;
        }

        var result = HttpInspector.Inspect(Connection.Input.Coalesce(InspectBytesMax), out var protocol);
        if (result == InspectResult.NeedMore && Connection.Input.Length < InspectBytesMax)
        {
            return false;
        }

        if (result == InspectResult.Found)
        {
            ApplicationProtocols = protocol;
        }

        filter.Count(Worker.Index, result != InspectResult.Found ? "http_not_found"
            : protocol[0].AsSpan().SequenceEqual("h2c"u8) ? "http2_found"
            : protocol[0].AsSpan().SequenceEqual("http/1.0"u8) ? "http10_found" : "http11_found");
        return true;
    }

    private bool ReadProxyHeader(ListenerFilterConfig filter)
    {
        if (Connection.IsInputEmpty)
        {
            return false;
        }

        var bytes = Connection.Input.Coalesce(Runtime.ProxyProtocol.HeaderBytesMax);
        var result = Runtime.ProxyProtocol.Read(bytes, out var header);
        if (filter.AllowRequestsWithoutProxyProtocol && result != InspectResult.NotFound
            && filter.DisallowedVersions != 0
            && (filter.DisallowedVersions & (1 << Runtime.ProxyProtocol.VersionOf(bytes))) != 0)
        {
            // What is not allowed is not looked for, so it is part of the request.
            result = InspectResult.NotFound;
            header = default;
        }

        if (result == InspectResult.Found && !header.IsUnicast)
        {
            filter.Count(Worker.Index, $"versions.v{header.Version}.error");
            return RefuseProxyHeader();
        }

        if (header.Version > 0 && result != InspectResult.NeedMore
            && (filter.DisallowedVersions & (1 << header.Version)) != 0)
        {
            if (result == InspectResult.Found)
            {
                filter.Count(Worker.Index, $"versions.v{header.Version}.found");
            }

            filter.Count(Worker.Index, $"versions.v{header.Version}.disallowed");
            return RefuseProxyHeader();
        }

        switch (result)
        {
            case InspectResult.NeedMore:
                return false;
            case InspectResult.Found:
                filter.Count(Worker.Index, $"versions.v{header.Version}.found");
                TakeTlvs(filter, header, Runtime.ProxyProtocol.TlvsOf(bytes, header));
                Connection.Input.Consume(header.Length);
                return true;
            case InspectResult.NotFound when filter.AllowRequestsWithoutProxyProtocol:
                filter.Count(Worker.Index, "not_found_allowed");
                return true;
            default:
                filter.Count(Worker.Index, result == InspectResult.NotFound
                    ? "not_found_disallowed"
                    : $"versions.v{header.Version}.error");
                return RefuseProxyHeader();
        }
    }

    private bool RefuseProxyHeader()
    {
        Snapshot.Stats.CountProxyProtocolError(Worker.Index);
        Connection.Close(CloseType.NoFlush);
        return false;
    }

    private void TakeTlvs(
        ListenerFilterConfig filter, in Runtime.ProxyProtocol.ProxyHeader header, List<(byte Type, byte[] Value)> tlvs)
    {
        if (!header.Source.IsEmpty)
        {
            RemoteAddress = header.Source;
            LocalAddress = header.Destination;
            LocalAddressRestored = true;
        }

        if (filter.TlvRules.Count > 0)
        {
            TlvMetadata.Add(Metadata ??= new DynamicMetadata(), filter.TlvRules, tlvs);
        }

        var passed = filter.PassTlvs is not { } types
            ? []
            : tlvs.Where(tlv => types.Length == 0 || types.Contains(tlv.Type)).ToList();
        ProxyProtocol = new ProxyProtocolState(RemoteAddress, LocalAddress, passed);
    }
}
