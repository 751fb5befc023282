using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.ExtAuthz;

/// <summary>What a gRPC authorization service is told of a request.</summary>
internal static class CheckRequestBuilder
{
    public static CheckRequest Build(
        HttpStream stream, ExtAuthzConfig config, ExtAuthzRouteSettings? route, ReadOnlySpan<byte> body, bool isPartial)
    {
        var info = stream.Info;
        var attributes = new AttributeContext
        {
            Source = Peer(info.EffectiveRemoteAddress, info.Connection.Tls?.PeerUriSans,
                info.Connection.Tls?.PeerDnsSans, info.Connection.Tls?.PeerSubject),
            Destination = Peer(info.Connection.LocalAddress, info.Connection.Tls?.LocalUriSans,
                info.Connection.Tls?.LocalDnsSans, info.Connection.Tls?.LocalSubject),
            Request = Request(stream, config, body, isPartial),
            MetadataContext = new Metadata(),
            RouteMetadataContext = new Metadata(),
        };
        if (config.IncludePeerCertificate)
        {
            attributes.Source.Certificate = Text(info.Connection.Tls?.PeerCertificatePem);
        }
        if (config.IncludeTlsSession && info.Connection.Tls is not null)
        {
            attributes.TlsSession = new AttributeContext.Types.TLSSession
            {
                Sni = Text(SniOf(stream)),
            };
        }
        foreach (var (key, value) in route?.ContextExtensions ?? new Dictionary<string, string>())
        {
            attributes.ContextExtensions[key] = value;
        }
        foreach (var space in config.MetadataNamespaces)
        {
            AddMetadata(attributes.MetadataContext, info.Metadata, space);
        }
        return new CheckRequest { Attributes = attributes };
    }

    /// <summary>Known from the handshake even where no inspector looked.</summary>
    private static ReadOnlySpan<byte> SniOf(HttpStream stream) =>
        stream.Codec.Owner.Connection.Tls is { } tls
            ? tls.ServerName
            : stream.Info.Connection.RequestedServerName;

    private static AttributeContext.Types.Peer Peer(
        Addresses.Address address, byte[][]? uris, byte[][]? names, byte[]? subject)
    {
        return new AttributeContext.Types.Peer
        {
            Address = new Address
            {
                SocketAddress = new SocketAddress
                {
                    Address = address.Ip.IsEmpty ? "" : address.Ip.ToString(),
                    PortValue = (uint)address.Port,
                },
            },
            Principal = uris is { Length: > 0 } ? Text(uris[0]) : names is { Length: > 0 } ? Text(names[0])
                : Text(subject),
        };
    }

    private static AttributeContext.Types.Request Request(
        HttpStream stream, ExtAuthzConfig config, ReadOnlySpan<byte> body, bool isPartial)
    {
        var request = stream.Request;
        var http = new AttributeContext.Types.HttpRequest
        {
            Id = stream.Info.StartUnixNanos.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Method = Text(request.Get(HeaderId.Method)),
            Path = Text(request.Get(HeaderId.Path)),
            Host = Text(request.Get(HeaderId.Authority)),
            Scheme = Text(request.Get(HeaderId.Scheme)),
            Protocol = stream.Info.Protocol switch
            {
                HttpProtocol.Http2 => "HTTP/2",
                HttpProtocol.Http10 => "HTTP/1.0",
                _ => "HTTP/1.1",
            },
            Size = long.TryParse(Text(request.Get(HeaderId.ContentLength)), out var size) ? size : 0,
        };
        for (var i = 0; i < request.Count; i++)
        {
            var name = request.GetName(i);
            if ((config.AllowedHeaders is null || ExtAuthzConfig.Fits(config.AllowedHeaders, name))
                && !ExtAuthzConfig.Fits(config.DisallowedHeaders, name))
            {
                var (key, value) = (Text(name), Text(request.GetValue(i)));
                http.Headers[key] = http.Headers.TryGetValue(key, out var first) ? $"{first},{value}" : value;
            }
        }
        if (config.BodyBytesMax > 0)
        {
            http.Headers["x-envoy-auth-partial-body"] = isPartial ? "true" : "false";
            http.Body = Text(body);
        }
        return new AttributeContext.Types.Request
        {
            Time = new Timestamp
            {
                Seconds = stream.Info.StartUnixNanos / 1_000_000_000,
                Nanos = (int)(stream.Info.StartUnixNanos % 1_000_000_000),
            },
            Http = http,
        };
    }

    private static void AddMetadata(Metadata target, DynamicMetadata? metadata, string space)
    {
        if (metadata?.HasNamespace(space) != true)
        {
            return;
        }
        var fields = new Struct();
        foreach (var (key, value) in metadata.GetAll(space))
        {
            fields.Fields[key] = value switch
            {
                Value nested => nested,
                double number => Value.ForNumber(number),
                bool flag => Value.ForBool(flag),
                _ => Value.ForString(value.ToString()),
            };
        }
        target.FilterMetadata[space] = fields;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
