using Lateen.Core.Logging;
using Lateen.Pilot.Model;
using Lateen.Pilot.Security;

namespace Lateen.ControlPlane.Jwks;

/// <summary>Messages about key sets.</summary>
internal static class JwksLog
{
    public static void Failed(
        Logger log, JwksSource source, string reason, bool hasKeys, JwksMode mode, TimeSpan pause)
    {
        var state = hasKeys ? "the keys fetched before stay"
            : mode == JwksMode.Hybrid && source.Address.Length > 0
                ? "tokens of its issuer are refused by proxies that do not fetch it themselves"
                : "tokens of its issuer are refused";
        log.Warn($"key set of {source} could not be fetched: {reason}; {state}, next try in {pause.TotalSeconds:F0} s");
    }

    public static void Changed(Logger log, JwksSource source) => log.Info($"key set of {source} fetched");

    public static void Unusable(Logger log, JwksSource source) =>
        log.Warn($"key set of {source} holds no key that proxies can read; tokens of its issuer are refused");

    public static void Dropped(Logger log, JwksSource source) =>
        log.Warn($"key set of {source} was not renewed for too long and is dropped");

    public static void TooMany(Logger log, int count, JwksSource first, ObjectKey user) =>
        log.Warn(
            $"{user}: {count} key sets are not fetched, {first} the first, and tokens of their issuers are refused: "
            + $"a namespace's policies may name {JwksResolver.NamespaceSourcesMax}, all {JwksResolver.SourcesMax}");
}
