using Lateen.Proxy.ExtProc;
using RulesProto = Envoy.Config.Common.MutationRules.V3.HeaderMutationRules;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>Which headers a service may change.</summary>
internal static class MutationRulesDecoder
{
    /// <summary>Envoy's defaults where there are none.</summary>
    public static HeaderMutationRules Decode(RulesProto? rules, string path, DecodeContext context) => new()
    {
        AllowAllRouting = rules?.AllowAllRouting ?? false,
        AllowEnvoy = rules?.AllowEnvoy ?? false,
        DisallowSystem = rules?.DisallowSystem ?? false,
        DisallowAll = rules?.DisallowAll ?? false,
        DisallowIsError = rules?.DisallowIsError ?? false,
        Allow = rules?.AllowExpression is { } allow
            ? context.Regex(allow.Regex, $"{path}.allow_expression") : null,
        Disallow = rules?.DisallowExpression is { } disallow
            ? context.Regex(disallow.Regex, $"{path}.disallow_expression") : null,
    };
}
