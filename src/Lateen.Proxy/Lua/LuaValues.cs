using System.Globalization;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Lua;

/// <summary>Values between scripts, protobuf, headers and streams.</summary>
internal static class LuaValues
{
    public static byte[] Bytes(object? value) => value switch
    {
        byte[] bytes => bytes,
        double number => Encoding.ASCII.GetBytes(number.ToString("R", CultureInfo.InvariantCulture)),
        bool truth => truth ? "true"u8.ToArray() : "false"u8.ToArray(),
        _ => [],
    };

    public static object? FromStruct(Struct? fields) =>
        fields?.Fields.ToDictionary(entry => entry.Key, entry => FromValue(entry.Value));

    public static object? FromValue(Value? value) => value?.KindCase switch
    {
        Value.KindOneofCase.StringValue => value.StringValue,
        Value.KindOneofCase.NumberValue => value.NumberValue,
        Value.KindOneofCase.BoolValue => value.BoolValue,
        Value.KindOneofCase.StructValue => FromStruct(value.StructValue),
        Value.KindOneofCase.ListValue => value.ListValue.Values.Select(FromValue).ToList(),
        _ => null,
    };

    public static Value ToValue(object? value) => value switch
    {
        byte[] bytes => Value.ForString(Encoding.UTF8.GetString(bytes)),
        double number => Value.ForNumber(number),
        bool truth => Value.ForBool(truth),
        IReadOnlyList<object?> list => Value.ForList([.. list.Select(ToValue)]),
        IReadOnlyDictionary<string, object?> map => Value.ForStruct(ToStruct(map)),
        _ => Value.ForNull(),
    };

    public static object? FromMetadata(StreamInfo info, string name) => info.Metadata?.HasNamespace(name) == true
        ? info.Metadata.GetAll(name).ToDictionary(
            entry => entry.Key, entry => FromValue(MetadataValues.Wrap(entry.Value)))
        : null;

    public static object FromAllMetadata(StreamInfo info) =>
        (info.Metadata?.Namespaces ?? []).ToDictionary(name => name, name => FromMetadata(info, name));

    public static object? FromState(object? state) => state switch
    {
        null => null,
        bool or double or long => state,
        _ => state.ToString(),
    };

    /// <summary>Headers of a table: text values, or lists of them.</summary>
    public static void Fill(HeaderMap headers, object? table)
    {
        foreach (var (key, value) in table as IReadOnlyDictionary<string, object?>
            ?? new Dictionary<string, object?>())
        {
            foreach (var item in value as IReadOnlyList<object?> ?? [value])
            {
                headers.Add(HeaderName.Create(key), Bytes(item));
            }
        }
    }

    public static void Copy(HeaderMap from, HeaderMap to)
    {
        for (var i = 0; i < from.Count; i++)
        {
            to.Add(from.GetName(i), from.GetValue(i));
        }
    }

    /// <summary>Headers and body of an answer; in the place of one that did not begin what the proxy says of it, of one
    /// that broke off that the upstream failed.</summary>
    public static object?[] Answer(HttpCall call, HttpCallOutcome outcome, bool keepsDuplicates)
    {
        if (outcome != HttpCallOutcome.Success)
        {
            var status = call.FailureText is null ? 503 : call.StatusOf(outcome);
            return
            [
                new Dictionary<string, object?> { [":status"] = status.ToString(CultureInfo.InvariantCulture) },
                call.FailureText ?? "upstream failure",
            ];
        }
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        for (var i = 0; i < call.ResponseHeaders.Count; i++)
        {
            var name = Encoding.ASCII.GetString(call.ResponseHeaders.GetName(i));
            var value = call.ResponseHeaders.GetValue(i).ToArray();
            headers[name] = !keepsDuplicates ? value : headers.GetValueOrDefault(name) switch
            {
                null => value,
                byte[][] several => (byte[][])[.. several, value],
                byte[] one => (byte[][])[one, value],
                _ => value,
            };
        }
        return [headers, call.Body.IsEmpty ? null : call.Body.ToArray()];
    }

    public static object? Info(StreamInfo info, string name) => name switch
    {
        "protocol" => info.Protocol switch
        {
            HttpProtocol.Http2 => "HTTP/2",
            HttpProtocol.Http10 => "HTTP/1.0",
            _ => "HTTP/1.1",
        },
        "routeName" => info.Route?.Name ?? "",
        "virtualClusterName" => info.VirtualCluster?.Name ?? "",
        "downstreamLocalAddress" => info.Connection.LocalAddress.ToString(),
        "downstreamDirectLocalAddress" => info.Connection.DirectLocalAddress.ToString(),
        "downstreamRemoteAddress" => info.EffectiveRemoteAddress.ToString(),
        "downstreamDirectRemoteAddress" => info.Connection.DirectRemoteAddress.ToString(),
        "requestedServerName" => info.Connection.RequestedServerName,
        _ => null,
    };

    public static object? Tls(TlsConnectionInfo tls, string name) => name switch
    {
        "peerCertificatePresented" => tls.PeerCertificatePresented,
        "peerCertificateValidated" => tls.PeerCertificateValidated,
        "uriSanPeerCertificate" => tls.PeerUriSans,
        "uriSanLocalCertificate" => tls.LocalUriSans,
        "dnsSansPeerCertificate" => tls.PeerDnsSans,
        "dnsSansLocalCertificate" => tls.LocalDnsSans,
        "subjectPeerCertificate" => tls.PeerSubject,
        "subjectLocalCertificate" => tls.LocalSubject,
        "issuerPeerCertificate" => tls.PeerIssuer,
        "serialNumberPeerCertificate" => tls.PeerSerial,
        "sha256PeerCertificateDigest" => tls.PeerFingerprint256,
        "sessionId" => tls.SessionId,
        "ciphersuiteString" => tls.CipherSuite,
        "tlsVersion" => tls.Version,
        _ => null,
    };

    private static Struct ToStruct(IReadOnlyDictionary<string, object?> map)
    {
        var result = new Struct();
        foreach (var (key, value) in map)
        {
            result.Fields[key] = ToValue(value);
        }
        return result;
    }
}
