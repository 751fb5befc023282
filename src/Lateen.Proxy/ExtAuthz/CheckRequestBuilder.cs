using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.ExtAuthz;

/// <summary>What a gRPC authorization service is told of a request.</summary>
internal static class CheckRequestBuilder
{
    private static readonly HeaderId[] PseudoHeaders =
        [HeaderId.Authority, HeaderId.Path, HeaderId.Method, HeaderId.Scheme];

    public static CheckRequest Build(
        HttpStream stream, ExtAuthzConfig config, string filter, byte[]? body, bool packsBytes, bool isPartial)
    {
        var info = stream.Info;
        var attributes = new AttributeContext
        {
            Source = Peer(info.EffectiveRemoteAddress, info.Connection.Tls?.PeerUriSans,
                info.Connection.Tls?.PeerDnsSans, info.Connection.Tls?.PeerSubject),
            Destination = Peer(info.Connection.LocalAddress, info.Connection.Tls?.LocalUriSans,
                info.Connection.Tls?.LocalDnsSans, info.Connection.Tls?.LocalSubject),
            Request = Request(stream, config, body, packsBytes, isPartial),
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
        AddContext(attributes, info.RouteConfiguration?.PerFilter, filter);
        AddContext(attributes, info.VirtualHost?.PerFilter, filter);
        AddContext(attributes, info.Route?.PerFilter, filter);
        AddContext(attributes, info.WeightedCluster?.PerFilter, filter);
        MetadataContext.AddDynamic(attributes.MetadataContext, info, config.MetadataNamespaces);
        MetadataContext.AddConfigured(
            attributes.RouteMetadataContext, info.Route?.Metadata, config.RouteMetadataNamespaces);
        return new CheckRequest { Attributes = attributes };
    }

    /// <summary>Extensions of all levels; the more specific one has its way.</summary>
    private static void AddContext(AttributeContext attributes, PerFilterConfigs? level, string filter)
    {
        if (level?.Get(filter) is ExtAuthzRouteSettings settings)
        {
            foreach (var (key, value) in settings.ContextExtensions)
            {
                attributes.ContextExtensions[key] = value;
            }
        }
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
        HttpStream stream, ExtAuthzConfig config, byte[]? body, bool packsBytes, bool isPartial)
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
            Size = body is null ? 0 : stream.Info.BytesReceived,
        };
        AddHeaders(http, config, stream);
        if (body is not null)
        {
            AddHeader(http, config, "x-envoy-auth-partial-body"u8, isPartial ? "true"u8 : "false"u8);
            if (packsBytes)
            {
                http.RawBody = ByteString.CopyFrom(body);
            }
            else
            {
                http.Body = Text(body);
            }
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

    /// <summary>Pseudo-headers of HTTP/1 come first, in the order in which Envoy makes them.</summary>
    private static void AddHeaders(
        AttributeContext.Types.HttpRequest http, ExtAuthzConfig config, HttpStream stream)
    {
        var request = stream.Request;
        var isOwnOrder = stream.Info.Protocol != HttpProtocol.Http2;
        if (isOwnOrder)
        {
            foreach (var id in PseudoHeaders)
            {
                if (request.TryGet(id, out var value))
                {
                    AddAllowed(http, config, HeaderName.Of(id).Bytes, value);
                }
            }
        }
        for (var i = 0; i < request.Count; i++)
        {
            if (!isOwnOrder || request.GetName(i)[0] != ':')
            {
                AddAllowed(http, config, request.GetName(i), request.GetValue(i));
            }
        }
    }

    private static void AddAllowed(
        AttributeContext.Types.HttpRequest http, ExtAuthzConfig config, ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> value)
    {
        if ((config.AllowedHeaders is null || ExtAuthzConfig.Fits(config.AllowedHeaders, name))
            && !ExtAuthzConfig.Fits(config.DisallowedHeaders, name))
        {
            AddHeader(http, config, name, value);
        }
    }

    private static void AddHeader(
        AttributeContext.Types.HttpRequest http, ExtAuthzConfig config, ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> value)
    {
        if (config.EncodeRawHeaders)
        {
            (http.HeaderMap ??= new Envoy.Config.Core.V3.HeaderMap()).Headers.Add(
                new HeaderValue { Key = Text(name), RawValue = ByteString.CopyFrom(value) });
            return;
        }
        var (key, text) = (Text(name), Text(value));
        http.Headers[key] = http.Headers.TryGetValue(key, out var first) ? $"{first},{text}" : text;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
