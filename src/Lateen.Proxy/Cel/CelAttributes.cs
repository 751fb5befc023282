using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Cel;

/// <summary>Envoy's attributes by name (<c>advanced/attributes</c>).</summary>
internal static class CelAttributes
{
    private delegate CelValue Field(CelEvaluation at);

    private static readonly Dictionary<string, CelMap> Roots = new()
    {
        ["request"] = new Fields(Request()),
        ["response"] = new Fields(Response()),
        ["connection"] = new Fields(Connection()),
        ["source"] = new Fields(new()
        {
            ["address"] = static at => AddressOf(at, at.Info.EffectiveRemoteAddress),
            ["port"] = static at => CelValue.Of((long)at.Info.EffectiveRemoteAddress.Port),
        }),
        ["destination"] = new Fields(new()
        {
            ["address"] = static at => AddressOf(at, at.Info.Connection.LocalAddress),
            ["port"] = static at => CelValue.Of((long)at.Info.Connection.LocalAddress.Port),
        }),
        ["upstream"] = new Fields(Upstream()),
        ["xds"] = new Fields(Xds()),
        ["metadata"] = new Named(static (at, key) => CelValue.Of(new Namespace(key))),
        ["filter_state"] = new Named(static (at, key) => at.From(at.Info.GetFilterState(key))),
    };

    /// <summary>The node that <c>xds.node</c> is about; set once at start.</summary>
    public static Struct? NodeFields { get; set; }

    public static CelMap? Find(string name) => Roots.GetValueOrDefault(name);

    private static Dictionary<string, Field> Request() => new()
    {
        ["path"] = static at => Header(at, HeaderId.Path),
        ["url_path"] = static at => at.Info.RequestHeaders is { } headers
            ? at.Text(Routing.QueryString.PathOnly(headers.Get(HeaderId.Path)))
            : CelValue.Error,
        ["query"] = static at => QueryOf(at),
        ["host"] = static at => Header(at, HeaderId.Authority),
        ["scheme"] = static at => Header(at, HeaderId.Scheme),
        ["method"] = static at => Header(at, HeaderId.Method),
        ["referer"] = static at => Header(at, HeaderId.Referer),
        ["useragent"] = static at => Header(at, HeaderId.UserAgent),
        ["id"] = static at => Header(at, HeaderId.XRequestId),
        ["headers"] = static _ => CelValue.Of(Headers.OfRequest),
        ["protocol"] = static at => StreamOperators.NameOf(at.Info.Protocol) is { } name
            ? CelValue.Of(name) : CelValue.Error,
        ["time"] = static at => CelTime.FromUnixNanos(at.Info.StartUnixNanos),
        ["duration"] = static at => at.Info.EndNanos > 0
            ? CelValue.OfDuration(at.Info.EndNanos - at.Info.StartNanos) : CelValue.Error,
        ["size"] = static at => CelValue.Of(at.Info.BytesReceived),
        ["total_size"] = static at => CelValue.Of(
            at.Info.BytesReceived + (at.Info.RequestHeaders?.ByteSize ?? 0)),
    };

    private static Dictionary<string, Field> Response() => new()
    {
        ["code"] = static at => at.Info.ResponseCode > 0
            ? CelValue.Of((long)at.Info.ResponseCode) : CelValue.Error,
        ["code_details"] = static at => at.Info.ResponseCodeDetails.Length > 0
            ? CelValue.Of(at.Info.ResponseCodeDetails) : CelValue.Error,
        ["flags"] = static at => CelValue.Of((long)(uint)at.Info.ResponseFlags),
        ["grpc_status"] = static at => StreamOperators.GrpcStatusOf(at.Info) is >= 0 and var status
            ? CelValue.Of(status) : CelValue.Error,
        ["headers"] = static _ => CelValue.Of(Headers.OfResponse),
        ["trailers"] = static _ => CelValue.Of(Headers.OfTrailers),
        ["size"] = static at => CelValue.Of(at.Info.BytesSent),
        ["total_size"] = static at => CelValue.Of(
            at.Info.BytesSent + (at.Info.ResponseHeaders?.ByteSize ?? 0) + (at.Info.ResponseTrailers?.ByteSize ?? 0)),
        ["backend_latency"] = static at => at.Info.LastUpstreamRxNanos > 0 && at.Info.FirstUpstreamTxNanos > 0
            ? CelValue.OfDuration(at.Info.LastUpstreamRxNanos - at.Info.FirstUpstreamTxNanos) : CelValue.Error,
    };

    private static Dictionary<string, Field> Connection() => new()
    {
        ["id"] = static at => CelValue.OfUnsigned(at.Info.Connection.ConnectionId),
        ["mtls"] = static at => CelValue.Of(at.Info.Connection.Tls is { PeerCertificatePresented: true }),
        ["requested_server_name"] = static at => Bytes(at.Info.Connection.RequestedServerName),
        ["tls_version"] = static at => Bytes(at.Info.Connection.Tls?.Version),
        ["subject_local_certificate"] = static at => Bytes(at.Info.Connection.Tls?.LocalSubject),
        ["subject_peer_certificate"] = static at => Bytes(at.Info.Connection.Tls?.PeerSubject),
        ["dns_san_local_certificate"] = static at => First(at.Info.Connection.Tls?.LocalDnsSans),
        ["dns_san_peer_certificate"] = static at => First(at.Info.Connection.Tls?.PeerDnsSans),
        ["uri_san_local_certificate"] = static at => First(at.Info.Connection.Tls?.LocalUriSans),
        ["uri_san_peer_certificate"] = static at => First(at.Info.Connection.Tls?.PeerUriSans),
        ["sha256_peer_certificate_digest"] = static at => Bytes(at.Info.Connection.Tls?.PeerFingerprint256),
        ["termination_details"] = static at => Bytes(at.Info.Connection.TerminationDetails),
        ["transport_failure_reason"] = static at => Bytes(at.Info.Connection.TransportFailureReason),
    };

    private static Dictionary<string, Field> Upstream() => new()
    {
        ["address"] = static at => at.Info.UpstreamHost is { } host ? CelValue.Of(host.AddressText) : CelValue.Error,
        ["port"] = static at => at.Info.UpstreamHost is { } host
            ? CelValue.Of((long)host.Address.Port) : CelValue.Error,
        ["local_address"] = static at => AddressOf(at, at.Info.UpstreamLocalAddress),
        ["tls_version"] = static at => Bytes(at.Info.UpstreamTls?.Version),
        ["subject_local_certificate"] = static at => Bytes(at.Info.UpstreamTls?.LocalSubject),
        ["subject_peer_certificate"] = static at => Bytes(at.Info.UpstreamTls?.PeerSubject),
        ["dns_san_local_certificate"] = static at => First(at.Info.UpstreamTls?.LocalDnsSans),
        ["dns_san_peer_certificate"] = static at => First(at.Info.UpstreamTls?.PeerDnsSans),
        ["uri_san_local_certificate"] = static at => First(at.Info.UpstreamTls?.LocalUriSans),
        ["uri_san_peer_certificate"] = static at => First(at.Info.UpstreamTls?.PeerUriSans),
        ["sha256_peer_certificate_digest"] = static at => Bytes(at.Info.UpstreamTls?.PeerFingerprint256),
        ["transport_failure_reason"] = static at => Bytes(at.Info.UpstreamTransportFailureReason),
        ["request_attempt_count"] = static at => CelValue.OfUnsigned((ulong)at.Info.AttemptCount),
    };

    private static Dictionary<string, Field> Xds() => new()
    {
        ["cluster_name"] = static at => at.Info.UpstreamCluster is { } cluster
            ? at.Text(cluster.Name) : CelValue.Error,
        ["cluster_metadata"] = static at => Metadata(at.Info.UpstreamCluster?.Config.Metadata),
        ["route_name"] = static at => at.Text(at.Info.Route?.Name),
        ["route_metadata"] = static at => Metadata(at.Info.Route?.Metadata),
        ["virtual_host_name"] = static at => at.Text(at.Info.VirtualHost?.Name),
        ["upstream_host_metadata"] = static at => Metadata(at.Info.UpstreamHost?.Attributes.Metadata),
        ["node"] = static at => at.From(NodeFields),
        ["filter_chain_name"] = static at => at.Text(at.Info.Connection.FilterChainName),
    };

    private static CelValue Header(CelEvaluation at, HeaderId id) =>
        at.Info.RequestHeaders is { } headers && headers.TryGet(id, out var value) ? at.Text(value) : CelValue.Error;

    private static CelValue QueryOf(CelEvaluation at)
    {
        var path = at.Info.RequestHeaders is { } headers ? headers.Get(HeaderId.Path) : default;
        var question = path.IndexOf((byte)'?');
        var query = question < 0 ? default : path[(question + 1)..];
        var hash = query.IndexOf((byte)'#');
        return at.Text(hash < 0 ? query : query[..hash]);
    }

    private static CelValue AddressOf(CelEvaluation at, Address address)
    {
        if (address.IsEmpty)
        {
            return CelValue.Error;
        }

        if (address.IsPipe)
        {
            return at.Text(address.Path);
        }

        var start = at.Buffer.Length;
        at.Buffer.Advance(address.Format(at.Buffer.GetSpan(Address.TextBytesMax)));
        return CelValue.OfBuffer(start, at.Buffer.Length - start);
    }

    private static CelValue Bytes(byte[]? value) => value is { Length: > 0 } ? CelValue.Of(value) : CelValue.Error;

    private static CelValue First(byte[][]? values) =>
        values is { Length: > 0 } ? CelValue.Of(values[0]) : CelValue.Error;

    private static CelValue Metadata(IReadOnlyDictionary<string, Struct>? metadata) => metadata is null
        ? CelValue.Error
        : CelValue.Of(new Named((_, field) => field == "filter_metadata"
            ? CelValue.Of(new Named((at, key) => metadata.TryGetValue(key, out var fields)
                ? at.From(fields) : CelValue.Error))
            : CelValue.Error));

    private sealed class Fields(Dictionary<string, Field> fields) : CelMap
    {
        private readonly Dictionary<byte[], Field> _fields = fields.ToDictionary(
            pair => System.Text.Encoding.ASCII.GetBytes(pair.Key), pair => pair.Value, Config.ByteKeyComparer.Instance);

        public override CelValue Get(CelEvaluation at, ReadOnlySpan<byte> key) =>
            _fields.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var field)
                ? field(at)
                : CelValue.Error;
    }

    /// <summary>Headers by name; values of one name are joined with commas.</summary>
    private sealed class Headers(Func<StreamInfo, HeaderMap?> map) : CelMap
    {
        public static readonly Headers OfRequest = new(static info => info.RequestHeaders);
        public static readonly Headers OfResponse = new(static info => info.ResponseHeaders);
        public static readonly Headers OfTrailers = new(static info => info.ResponseTrailers);

        /// <summary>The names that are there, each once.</summary>
        public override CelValue[]? Keys(CelEvaluation at)
        {
            var names = new List<byte[]>();
            for (var i = 0; map(at.Info) is { } headers && i < headers.Count; i++)
            {
                var name = headers.GetName(i).ToArray();
                if (!names.Exists(known => known.AsSpan().SequenceEqual(name)))
                {
                    names.Add(name);
                }
            }
            return [.. names.Select(CelValue.Of)];
        }

        public override CelValue Get(CelEvaluation at, ReadOnlySpan<byte> key)
        {
            if (map(at.Info) is not { } headers)
            {
                return CelValue.Error;
            }

            var name = HeaderName.Create(key);
            var index = headers.IndexOf(name);
            if (index < 0)
            {
                return CelValue.Error;
            }

            var start = at.Buffer.Length;
            at.Buffer.Write(headers.GetValue(index));
            while ((index = headers.IndexOf(name, index + 1)) >= 0)
            {
                at.Buffer.Write((byte)',');
                at.Buffer.Write(headers.GetValue(index));
            }

            return CelValue.OfBuffer(start, at.Buffer.Length - start);
        }
    }

    private sealed class Named(Func<CelEvaluation, string, CelValue> get) : CelMap
    {
        public override CelValue Get(CelEvaluation at, ReadOnlySpan<byte> key) =>
            get(at, System.Text.Encoding.UTF8.GetString(key));
    }

    /// <summary>Dynamic metadata below one namespace.</summary>
    private sealed class Namespace(string filter) : CelMap
    {
        public override CelValue Get(CelEvaluation at, ReadOnlySpan<byte> key) =>
            at.From(at.Info.Metadata?.Get(filter, System.Text.Encoding.UTF8.GetString(key)));
    }
}
