using System.Text;
using Envoy.Extensions.Matching.CommonInputs.Network.V3;
using Envoy.Type.Matcher.V3;
using Lateen.Http;
using Lateen.Proxy.Matching;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The inputs of matcher trees by type.</summary>
internal static class MatchInputDecoder
{
    private const string Http = "envoy.type.matcher.v3.";
    private const string Network = "envoy.extensions.matching.common_inputs.network.v3.";
    private const string Ssl = "envoy.extensions.matching.common_inputs.ssl.v3.";

    public static MatchInput? Decode(
        string name, Google.Protobuf.WellKnownTypes.Any? any, string path, DecodeContext context)
    {
        switch (TypedConfigs.Open(any, out var bytes, out var fields))
        {
            case Http + "HttpRequestHeaderMatchInput":
                var request = TypedConfigs.Read(HttpRequestHeaderMatchInput.Parser, bytes, fields);
                return MatchInputs.RequestHeader(HeaderName.Create(request.HeaderName));
            case Http + "HttpResponseHeaderMatchInput":
                var response = TypedConfigs.Read(HttpResponseHeaderMatchInput.Parser, bytes, fields);
                return MatchInputs.ResponseHeader(HeaderName.Create(response.HeaderName));
            case Http + "HttpResponseStatusCodeMatchInput":
                return MatchInputs.StatusCode();
            case Http + "HttpResponseStatusCodeClassMatchInput":
                return MatchInputs.StatusClass();
            case Http + "HttpRequestQueryParamMatchInput":
                var query = TypedConfigs.Read(HttpRequestQueryParamMatchInput.Parser, bytes, fields);
                return MatchInputs.QueryParameter(Encoding.UTF8.GetBytes(query.QueryParam));
            case Network + "DestinationIPInput":
                return MatchInputs.Ip(static info => info.Connection.LocalAddress);
            case Network + "DestinationPortInput":
                return MatchInputs.Port(static info => info.Connection.LocalAddress);
            case Network + "SourceIPInput":
                return MatchInputs.Ip(static info => info.EffectiveRemoteAddress);
            case Network + "SourcePortInput":
                return MatchInputs.Port(static info => info.EffectiveRemoteAddress);
            case Network + "DirectSourceIPInput":
                return MatchInputs.Ip(static info => info.Connection.DirectRemoteAddress);
            case Network + "SourceTypeInput":
                return MatchInputs.SourceType;
            case Network + "ServerNameInput":
                return MatchInputs.Connection(static connection => connection.RequestedServerName);
            case Network + "TransportProtocolInput":
                return MatchInputs.TransportProtocol;
            case Network + "ApplicationProtocolInput":
                return MatchInputs.ApplicationProtocol;
            case Network + "FilterStateInput":
                return MatchInputs.FilterState(TypedConfigs.Read(FilterStateInput.Parser, bytes, fields).Key);
            case Ssl + "UriSanInput":
                return MatchInputs.Connection(static connection => Join(connection.Tls?.PeerUriSans));
            case Ssl + "DnsSanInput":
                return MatchInputs.Connection(static connection => Join(connection.Tls?.PeerDnsSans));
            case Ssl + "SubjectInput":
                return MatchInputs.Connection(static connection => connection.Tls?.PeerSubject);
            default:
                TypedConfigs.ReportUnknown(name, any, path, context);
                return null;
        }
    }

    private static byte[]? Join(byte[][]? values) => values switch
    {
        null or [] => null,
        [var only] => only,
        _ => Encoding.UTF8.GetBytes(string.Join(',', values.Select(Encoding.UTF8.GetString))),
    };
}
