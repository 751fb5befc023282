using Lateen.Core.Logging;
using Lateen.Pilot.Security;

namespace Lateen.ControlPlane.Jwks;

/// <summary>Messages about key sets.</summary>
internal static class JwksLog
{
    public static void Failed(Logger log, JwksSource source, string reason, bool hasKeys, TimeSpan pause)
    {
        var state = hasKeys ? "the keys fetched before stay" : "tokens of its issuer are refused";
        log.Warn($"key set of {source} could not be fetched: {reason}; {state}, next try in {pause.TotalSeconds:F0} s");
    }

    public static void Changed(Logger log, JwksSource source) => log.Info($"key set of {source} fetched");

    public static void Unusable(Logger log, JwksSource source) =>
        log.Warn($"key set of {source} holds no key that proxies know; tokens of its issuer are refused");

    public static void Dropped(Logger log, JwksSource source) =>
        log.Warn($"key set of {source} was not renewed for too long and is dropped");

    public static void TooMany(Logger log, JwksSource source, int max) =>
        log.Warn($"key set of {source} is not fetched: {max} others are; tokens of its issuer are refused");
}
