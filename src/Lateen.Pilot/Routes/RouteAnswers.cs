using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Istio.Networking.V1Alpha3;
using ResponseCode = Envoy.Config.Route.V3.RedirectAction.Types.RedirectResponseCode;

namespace Lateen.Pilot.Routes;

/// <summary>Rules that the proxy answers itself: redirects and direct responses.</summary>
internal static class RouteAnswers
{
    private const uint HttpPort = 80;
    private const uint HttpsPort = 443;

    /// <summary>Sets the redirect; one with an unknown code leaves the route without an action.</summary>
    internal static void ApplyRedirect(Route route, HTTPRedirect redirect, RouteScope scope)
    {
        if (Code(redirect.RedirectCode) is not { } code)
        {
            return;
        }
        var action = new RedirectAction { HostRedirect = redirect.Authority, ResponseCode = code };
        if (redirect.PrefixRewrite.Length > 0)
        {
            action.PrefixRewrite = redirect.PrefixRewrite;
        }
        else
        {
            action.PathRedirect = redirect.Uri;
        }
        if (redirect.Scheme.Length > 0)
        {
            action.SchemeRedirect = redirect.Scheme;
        }
        action.PortRedirect = Port(redirect, scope);
        route.Redirect = action;
    }

    /// <summary>Sets the answer.</summary>
    internal static void ApplyDirectResponse(Route route, HTTPDirectResponse response)
    {
        route.DirectResponse = new DirectResponseAction
        {
            Status = response.Status,
            Body = Translate(response.Body),
        };
    }

    private static DataSource? Translate(HTTPBody? body)
    {
        return body?.SpecifierCase switch
        {
            HTTPBody.SpecifierOneofCase.String => new DataSource { InlineString = body.String },
            HTTPBody.SpecifierOneofCase.Bytes => new DataSource { InlineBytes = body.Bytes },
            _ => null as DataSource,
        };
    }

    /// <summary>The port that the location names; the default of its scheme is not written (0).</summary>
    private static uint Port(HTTPRedirect redirect, RouteScope scope)
    {
        var port = redirect.RedirectPortCase switch
        {
            HTTPRedirect.RedirectPortOneofCase.Port => redirect.Port,
            HTTPRedirect.RedirectPortOneofCase.DerivePort
                when redirect.DerivePort == HTTPRedirect.Types.RedirectPortSelection.FromRequestPort =>
                (uint)scope.Port,
            _ => 0u,
        };
        var scheme = redirect.Scheme.Length > 0 ? redirect.Scheme : scope.IsTls ? "https" : "http";
        return (port, scheme) is (HttpPort, "http") or (HttpsPort, "https") ? 0u : port;
    }

    private static ResponseCode? Code(uint code)
    {
        return code switch
        {
            0 or 301 => ResponseCode.MovedPermanently,
            302 => ResponseCode.Found,
            303 => ResponseCode.SeeOther,
            307 => ResponseCode.TemporaryRedirect,
            308 => ResponseCode.PermanentRedirect,
            _ => null,
        };
    }
}
