using System.Globalization;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Http.ExtAuthz.V3;
using Envoy.Type.Matcher.V3;
using Envoy.Type.V3;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using GrpcProvider = Istio.Mesh.V1Alpha1.MeshConfig.Types.ExtensionProvider.Types
    .EnvoyExternalAuthorizationGrpcProvider;
using HttpProvider = Istio.Mesh.V1Alpha1.MeshConfig.Types.ExtensionProvider.Types
    .EnvoyExternalAuthorizationHttpProvider;
using HttpService = Envoy.Extensions.Filters.Http.ExtAuthz.V3.HttpService;
using NetworkExtAuthz = Envoy.Extensions.Filters.Network.ExtAuthz.V3.ExtAuthz;
using ProviderKind = Istio.Mesh.V1Alpha1.MeshConfig.Types.ExtensionProvider.ProviderOneofCase;
using RequestBody = Istio.Mesh.V1Alpha1.MeshConfig.Types.ExtensionProvider.Types.EnvoyExternalAuthorizationRequestBody;

namespace Lateen.Pilot.Security;

/// <summary>Configuration of the external authorization filters, from what the mesh declares of the service.</summary>
internal static class ExternalAuthorizationConfigs
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(600);

    /// <summary>The HTTP filter's.</summary>
    internal static ExtAuthz Http(ExternalAuthorizer authorizer, MetadataMatcher enabled)
    {
        return authorizer.Provider.ProviderCase == ProviderKind.EnvoyExtAuthzHttp
            ? OverHttp(authorizer, authorizer.Provider.EnvoyExtAuthzHttp, enabled)
            : OverGrpc(authorizer, authorizer.Provider.EnvoyExtAuthzGrpc, enabled);
    }

    /// <summary>The network filter's; the provider speaks gRPC.</summary>
    internal static NetworkExtAuthz Tcp(ExternalAuthorizer authorizer, MetadataMatcher enabled)
    {
        var provider = authorizer.Provider.EnvoyExtAuthzGrpc;
        return new NetworkExtAuthz
        {
            StatPrefix = AuthorizationFilters.NetworkStatPrefix,
            FailureModeAllow = provider.FailOpen,
            TransportApiVersion = ApiVersion.V3,
            GrpcService = Grpc(authorizer, provider),
            FilterEnabledMetadata = enabled,
        };
    }

    private static ExtAuthz OverGrpc(ExternalAuthorizer authorizer, GrpcProvider provider, MetadataMatcher enabled)
    {
        return new ExtAuthz
        {
            FailureModeAllow = provider.FailOpen,
            StatusOnError = Status(provider.StatusOnError),
            TransportApiVersion = ApiVersion.V3,
            GrpcService = Grpc(authorizer, provider),
            FilterEnabledMetadata = enabled,
            WithRequestBody = Body(provider.IncludeRequestBodyInCheck),
            ClearRouteCache = provider.ClearRouteCache,
        };
    }

    private static ExtAuthz OverHttp(ExternalAuthorizer authorizer, HttpProvider provider, MetadataMatcher enabled)
    {
        var service = new HttpService
        {
            PathPrefix = provider.PathPrefix,
            ServerUri = new HttpUri
            {
                Uri = "http://" + authorizer.Host,
                Cluster = authorizer.Cluster,
                Timeout = provider.Timeout ?? Duration.FromTimeSpan(DefaultTimeout),
            },
            AuthorizationRequest = Request(provider),
            AuthorizationResponse = Response(provider),
        };
#pragma warning disable CS0612 // The old list of request headers is still accepted.
        var requested = provider.IncludeRequestHeadersInCheck.Count > 0
            ? provider.IncludeRequestHeadersInCheck : provider.IncludeHeadersInCheck;
#pragma warning restore CS0612
        return new ExtAuthz
        {
            FailureModeAllow = provider.FailOpen,
            StatusOnError = Status(provider.StatusOnError),
            TransportApiVersion = ApiVersion.V3,
            HttpService = service,
            AllowedHeaders = Patterns(requested),
            FilterEnabledMetadata = enabled,
            WithRequestBody = Body(provider.IncludeRequestBodyInCheck),
            ClearRouteCache = provider.ClearRouteCache,
        };
    }

    private static AuthorizationRequest? Request(HttpProvider provider)
    {
        if (provider.IncludeAdditionalHeadersInCheck.Count == 0)
        {
            return null;
        }
        return new AuthorizationRequest
        {
            HeadersToAdd =
            {
                provider.IncludeAdditionalHeadersInCheck.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                    .Select(pair => new HeaderValue { Key = pair.Key, Value = pair.Value }),
            },
        };
    }

    private static AuthorizationResponse? Response(HttpProvider provider)
    {
        var response = new AuthorizationResponse
        {
            AllowedUpstreamHeaders = Patterns(provider.HeadersToUpstreamOnAllow),
            AllowedClientHeaders = Patterns(provider.HeadersToDownstreamOnDeny),
            AllowedClientHeadersOnSuccess = Patterns(provider.HeadersToDownstreamOnAllow),
        };
        return response.Equals(new AuthorizationResponse()) ? null : response;
    }

    private static ListStringMatcher? Patterns(RepeatedField<string> headers)
    {
        return headers.Count == 0
            ? null : new ListStringMatcher { Patterns = { headers.Select(name => StringMatchers.Of(name, true)) } };
    }

    private static GrpcService Grpc(ExternalAuthorizer authorizer, GrpcProvider provider)
    {
        return new GrpcService
        {
            EnvoyGrpc = new GrpcService.Types.EnvoyGrpc
            {
                ClusterName = authorizer.Cluster,
                Authority = authorizer.Host,
            },
            Timeout = provider.Timeout ?? Duration.FromTimeSpan(DefaultTimeout),
        };
    }

    private static BufferSettings? Body(RequestBody? body)
    {
        return body is null ? null : new BufferSettings
        {
            MaxRequestBytes = body.MaxRequestBytes,
            AllowPartialMessage = body.AllowPartialMessage,
            PackAsBytes = body.PackAsBytes,
        };
    }

    private static HttpStatus? Status(string text)
    {
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? new HttpStatus { Code = (StatusCode)code } : null;
    }
}
