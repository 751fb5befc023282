using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;
using Explicit = Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions.Types.ExplicitHttpConfig;
using Upstream = Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions;

namespace Lateen.Pilot.Clusters;

/// <summary>The HTTP protocol options of a cluster while it is put together; absent unless something sets
/// them.</summary>
internal sealed class HttpOptions
{
    private const string Name = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    private Upstream? _options;

    /// <summary>The options, made when first needed.</summary>
    public Upstream Options => _options ??= new Upstream();

    public bool IsHttp2 => _options?.ExplicitHttpConfig?.Http2ProtocolOptions is not null;

    public void UseHttp2()
    {
        if (Options.UpstreamProtocolOptionsCase == Upstream.UpstreamProtocolOptionsOneofCase.None)
        {
            Options.ExplicitHttpConfig = new Explicit { Http2ProtocolOptions = new Http2ProtocolOptions() };
        }
    }

    /// <summary>HTTP/1.1 or HTTP/2, as the client speaks.</summary>
    public void UseDownstreamProtocol()
    {
        Options.UseDownstreamProtocolConfig = new Upstream.Types.UseDownstreamHttpConfig
        {
            HttpProtocolOptions = _options?.ExplicitHttpConfig?.HttpProtocolOptions ?? new Http1ProtocolOptions(),
            Http2ProtocolOptions = new Http2ProtocolOptions(),
        };
    }

    public void PreserveHeaderCase()
        => Options.ExplicitHttpConfig = new Explicit { HttpProtocolOptions = PreservingCase() };

    /// <summary>Idle five minutes, the client's protocol: what the passthrough clusters use.</summary>
    public static HttpOptions ForPassthrough(bool preserveHeaderCase)
    {
        return new HttpOptions
        {
            _options = new Upstream
            {
                CommonHttpProtocolOptions = new Envoy.Config.Core.V3.HttpProtocolOptions
                {
                    IdleTimeout = Duration.FromTimeSpan(TimeSpan.FromMinutes(5)),
                },
                UseDownstreamProtocolConfig = new Upstream.Types.UseDownstreamHttpConfig
                {
                    HttpProtocolOptions = preserveHeaderCase ? PreservingCase() : new Http1ProtocolOptions(),
                    Http2ProtocolOptions = new Http2ProtocolOptions(),
                },
            },
        };
    }

    public void ApplyTo(Envoy.Config.Cluster.V3.Cluster cluster)
    {
        if (_options is null)
        {
            return;
        }
        if (_options.UpstreamProtocolOptionsCase == Upstream.UpstreamProtocolOptionsOneofCase.None)
        {
            _options.ExplicitHttpConfig = new Explicit { HttpProtocolOptions = new Http1ProtocolOptions() };
        }
        cluster.TypedExtensionProtocolOptions[Name] = Any.Pack(_options);
    }

    private static Http1ProtocolOptions PreservingCase()
    {
        return new Http1ProtocolOptions
        {
            HeaderKeyFormat = new Http1ProtocolOptions.Types.HeaderKeyFormat
            {
                StatefulFormatter = new TypedExtensionConfig
                {
                    Name = "preserve_case",
                    TypedConfig = new Any
                    {
                        TypeUrl = "type.googleapis.com/"
                            + "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig",
                    },
                },
            },
        };
    }
}
