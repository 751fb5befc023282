using System.Text;
using Envoy.Extensions.Filters.Http.CustomResponse.V3;
using Lateen.Proxy.CustomResponses;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Matching;
using LocalProto = Envoy.Extensions.Http.CustomResponse.LocalResponsePolicy.V3.LocalResponsePolicy;
using RedirectProto = Envoy.Extensions.Http.CustomResponse.RedirectPolicy.V3.RedirectPolicy;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>custom_response</c>.</summary>
internal static class CustomResponseDecoder
{
    private const string Root = "envoy.extensions.http.custom_response.";

    public static HttpFilter Filter(FilterSource source) => new CustomResponseFilter
    {
        Name = source.Name,
        Disabled = source.Disabled,
        Tree = Tree(source),
    };

    public static object? Route(FilterSource source) => Tree(source);

    private static MatcherTree<CustomResponsePolicy>? Tree(FilterSource source)
    {
        var matcher = source.Read(CustomResponse.Parser).CustomResponseMatcher;
        return matcher is null ? null : new MatcherTreeDecoder<CustomResponsePolicy>(
            (action, at) => Policy(action, source, at), source.Context)
            .Decode(matcher, $"{source.Path}.custom_response_matcher");
    }

    private static CustomResponsePolicy? Policy(
        global::Xds.Core.V3.TypedExtensionConfig action, FilterSource source, string path)
    {
        switch (TypedConfigs.Open(action.TypedConfig, out var bytes, out var fields))
        {
            case Root + "local_response_policy.v3.LocalResponsePolicy":
                var local = TypedConfigs.Read(LocalProto.Parser, bytes, fields);
                return new LocalResponsePolicy(
                    (int)(local.StatusCode ?? 0),
                    HeaderDecoder.Decode(local.ResponseHeadersToAdd, [], path, "response_headers", source.Context),
                    local.Body is null ? [] : DataSourceReader.Read(local.Body, $"{path}.body", source.Context) ?? [],
                    local.BodyFormat is null ? null
                        : AccessLogDecoder.DecodeFormat(local.BodyFormat, $"{path}.body_format", source.Context))
                {
                    Details = local.PreserveResponseCodeDetails
                        ? null : System.Text.Encoding.UTF8.GetBytes(local.ResponseCodeDetails),
                };
            case Root + "redirect_policy.v3.RedirectPolicy":
                return Redirect(TypedConfigs.Read(RedirectProto.Parser, bytes, fields), source, path);
            default:
                TypedConfigs.ReportUnknown(action.Name, action.TypedConfig, path, source.Context);
                return null;
        }
    }

    private static RedirectResponsePolicy Redirect(
        RedirectProto proto, Envoy.Config.Route.V3.RedirectAction action, FilterSource source, string path)
    {
        if (action.PrefixRewrite.Length > 0 || action.RegexRewrite is not null)
        {
            source.Context.Error(
                path, "HTTP_FILTERS", "Invalid redirect_action: only path_redirect and host_redirect are supported");
        }
        var scheme = action.HttpsRedirect ? "https" : action.SchemeRedirect;
        var authority = action.PortRedirect > 0 && action.HostRedirect.Length > 0
            ? $"{action.HostRedirect}:{action.PortRedirect}" : action.HostRedirect;
        return new RedirectResponsePolicy(
            (int)(proto.StatusCode ?? 0),
            HeaderDecoder.Decode(proto.ResponseHeadersToAdd, [], path, "response_headers", source.Context),
            Bytes(scheme), Bytes(authority), Bytes(action.PathRedirect),
            HeaderDecoder.Decode(proto.RequestHeadersToAdd, [], path, "request_headers", source.Context));

        static byte[]? Bytes(string text) => text.Length > 0 ? Encoding.ASCII.GetBytes(text) : null;
    }

    private static RedirectResponsePolicy? Redirect(RedirectProto proto, FilterSource source, string path)
    {
        if (proto.ModifyRequestHeadersAction is not null)
        {
            source.Context.Error(path, "HTTP_FILTERS", "modify_request_headers_action is not supported");
            return null;
        }
        var action = proto.RedirectAction;
        if (action is not null)
        {
            return Redirect(proto, action, source, path);
        }
        var text = proto.Uri;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            source.Context.Error(path, "HTTP_FILTERS", $"Invalid uri: {text}");
            return null;
        }
        return new RedirectResponsePolicy(
            (int)(proto.StatusCode ?? 0),
            HeaderDecoder.Decode(proto.ResponseHeadersToAdd, [], path, "response_headers", source.Context),
            Encoding.ASCII.GetBytes(uri.Scheme), Encoding.ASCII.GetBytes(uri.Authority),
            Encoding.ASCII.GetBytes(uri.PathAndQuery),
            HeaderDecoder.Decode(proto.RequestHeadersToAdd, [], path, "request_headers", source.Context));
    }
}
