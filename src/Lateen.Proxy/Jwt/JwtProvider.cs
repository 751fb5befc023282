using Lateen.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Jwt;

/// <summary>An issuer of tokens. Source: <c>jwt_authn.v3.JwtProvider</c>.</summary>
internal sealed class JwtProvider
{
    private JwtKeySet? _keys;
    private long _keysUntilNanos = long.MaxValue;
    private bool _isSettled = true;

    public required string Name { get; init; }

    /// <summary>Empty: any.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>Empty: any.</summary>
    public string[] Audiences { get; init; } = [];

    public StringMatcher? Subjects { get; init; }

    public bool RequireExpiration { get; init; }

    /// <summary>Seconds that a token may still be valid; null: unlimited.</summary>
    public long? LifetimeSecondsMax { get; init; }

    public uint ClockSkewSeconds { get; init; } = 60;

    /// <summary>Where tokens are looked for, in order.</summary>
    public required JwtLocation[] Locations { get; init; }

    /// <summary>The token goes on to the upstream.</summary>
    public bool Forward { get; init; }

    public HeaderName? PayloadHeader { get; init; }

    public bool PadPayloadHeader { get; init; }

    public (HeaderName Header, string[] Claim)[] ClaimHeaders { get; init; } = [];

    /// <summary>Key in the dynamic metadata; empty: none.</summary>
    public string PayloadMetadataKey { get; init; } = "";

    public string HeaderMetadataKey { get; init; } = "";

    /// <summary>Where the status of a failure is kept; empty: nowhere.</summary>
    public string FailureMetadataKey { get; init; } = "";

    /// <summary>Claims that are split at spaces in the metadata.</summary>
    public string[] SpaceDelimitedClaims { get; init; } = [];

    public bool ClearRouteCache { get; init; }

    /// <summary>Tokens that have been verified; null: each is verified every time.</summary>
    public JwtCache? Cache { get; init; }

    /// <summary>How keys are fetched; null: they are part of the configuration.</summary>
    public JwtFetch? Fetch { get; init; }

    /// <summary>False while a listener has to wait for the keys. Thread: any.</summary>
    public bool IsSettled
    {
        get => Volatile.Read(ref _isSettled);
        set => Volatile.Write(ref _isSettled, value);
    }

    /// <summary>The keys that are held; null: they must be fetched first. Thread: any.</summary>
    public JwtKeySet? KeysAt(long nowNanos) =>
        nowNanos < Volatile.Read(ref _keysUntilNanos) ? Volatile.Read(ref _keys) : null;

    /// <summary>Takes keys into use until the given time.</summary>
    public void SetKeys(JwtKeySet keys, long untilNanos)
    {
        Volatile.Write(ref _keysUntilNanos, untilNanos);
        Volatile.Write(ref _keys, keys);
    }

    /// <summary>All checks but the signature.</summary>
    public JwtStatus CheckClaims(JwtToken token, string[]? audiences, long unixSeconds)
    {
        if (Issuer.Length > 0 && token.Issuer != Issuer)
        {
            return JwtStatus.UnknownIssuer;
        }
        if (Subjects is not null
            && (token.Subject is null || !Subjects.IsMatch(System.Text.Encoding.UTF8.GetBytes(token.Subject))))
        {
            return JwtStatus.VerificationFailed;
        }
        var needsExpiry = RequireExpiration || LifetimeSecondsMax is not null;
        if ((needsExpiry && token.Expiry == 0) || token.Expiry - unixSeconds > LifetimeSecondsMax)
        {
            return JwtStatus.VerificationFailed;
        }
        if (token.NotBefore > 0 && unixSeconds + ClockSkewSeconds < token.NotBefore)
        {
            return JwtStatus.NotYetValid;
        }
        if (token.Expiry > 0 && unixSeconds > token.Expiry + ClockSkewSeconds)
        {
            return JwtStatus.Expired;
        }
        var allowed = audiences ?? Audiences;
        return allowed.Length == 0 || Array.Exists(token.Audiences, audience => allowed.Contains(Plain(audience)))
            ? JwtStatus.Ok
            : JwtStatus.AudienceNotAllowed;
    }

    /// <summary>An audience without scheme and final slash, which do not count when audiences are compared.</summary>
    public static string Plain(string audience)
    {
        foreach (var scheme in new[] { "http://", "https://" })
        {
            if (audience.StartsWith(scheme, StringComparison.Ordinal))
            {
                audience = audience[scheme.Length..];
                break;
            }
        }
        return audience.EndsWith('/') ? audience[..^1] : audience;
    }
}
