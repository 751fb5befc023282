using System.Text;
using Envoy.Extensions.Filters.Http.StatefulSession.V3;
using Envoy.Extensions.Http.StatefulSession.Cookie.V3;
using Envoy.Extensions.Http.StatefulSession.Header.V3;
using Lateen.Http;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Sessions;
using EnvelopeProto = Envoy.Extensions.Http.StatefulSession.Envelope.V3.EnvelopeSessionState;
using StatefulSessionProto = Envoy.Extensions.Filters.Http.StatefulSession.V3.StatefulSession;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>stateful_session</c>.</summary>
internal static class StatefulSessionDecoder
{
    private const string Root = "envoy.http.stateful_session.";

    public static HttpFilter Filter(FilterSource source)
    {
        var proto = source.Read(StatefulSessionProto.Parser);
        return new StatefulSessionFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Settings = Settings(proto, source),
            Stats = proto.StatPrefix.Length > 0 ? new StatefulSessionStats(source.Scope!, proto.StatPrefix) : null,
        };
    }

    public static object Route(FilterSource source)
    {
        var proto = source.Read(StatefulSessionPerRoute.Parser);
        return proto.OverrideCase == StatefulSessionPerRoute.OverrideOneofCase.StatefulSession
            ? Settings(proto.StatefulSession, source)
            : PerFilterConfigs.Disabled;
    }

    private static StatefulSessionSettings Settings(StatefulSessionProto proto, FilterSource source) =>
        Sessions(proto, source) with { StrictStatus = (int)proto.StatusOnStrictDestinationNotFound };

    private static StatefulSessionSettings Sessions(StatefulSessionProto proto, FilterSource source)
    {
        if (proto.SessionState is not { } state)
        {
            return new StatefulSessionSettings(null, proto.Strict);
        }

        // Envoy looks these up by name, not by the type of their configuration.
        _ = TypedConfigs.Open(state.TypedConfig, out var bytes, out var fields);
        switch (state.Name)
        {
            case Root + "header":
                var header = TypedConfigs.Read(HeaderBasedSessionState.Parser, bytes, fields);
                return new StatefulSessionSettings(
                    new HeaderSessionState(HeaderName.Create(header.Name)), proto.Strict);
            case Root + "cookie":
                var cookie = TypedConfigs.Read(CookieBasedSessionState.Parser, bytes, fields).Cookie;
                if (cookie is not { Name.Length: > 0 })
                {
                    source.Error("session_state.typed_config.cookie.name",
                        "value length must be at least 1 characters");
                    break;
                }
                return new StatefulSessionSettings(
                    new CookieSessionState(
                        Encoding.UTF8.GetBytes(cookie.Name), cookie.Path, cookie.Ttl?.Seconds ?? 0,
                        [.. cookie.Attributes.Select(attribute => (attribute.Name, attribute.Value))]),
                    proto.Strict);
            case Root + "envelope":
                var envelope = TypedConfigs.Read(EnvelopeProto.Parser, bytes, fields);
                if (envelope.Header is not { Name.Length: > 0 } inner)
                {
                    source.Error("session_state.typed_config", "only the mode header of envelopes is supported");
                    break;
                }
                return new StatefulSessionSettings(
                    new EnvelopeSessionState(HeaderName.Create(inner.Name)), proto.Strict);
            default:
                source.Error("session_state", $"Didn't find a registered implementation for name: '{state.Name}'");
                break;
        }
        return new StatefulSessionSettings(null, proto.Strict);
    }
}
