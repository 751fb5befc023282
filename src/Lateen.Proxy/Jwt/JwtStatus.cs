namespace Lateen.Proxy.Jwt;

/// <summary>The outcome of looking at a token; the texts are what clients are told.</summary>
internal sealed class JwtStatus
{
    private JwtStatus(string text) => Text = text;

    public static JwtStatus Ok { get; } = new("OK");

    public static JwtStatus Missing { get; } = new("Jwt is missing");

    public static JwtStatus BadFormat { get; } =
        new("Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections");

    public static JwtStatus HeaderBase64 { get; } = new("Jwt header is an invalid Base64url encoded");

    public static JwtStatus HeaderJson { get; } = new("Jwt header is an invalid JSON");

    public static JwtStatus HeaderAlgorithm { get; } = new("Jwt header [alg] field is required but missing");

    public static JwtStatus AlgorithmUnknown { get; } = new("Jwt header [alg] is not supported");

    public static JwtStatus PayloadBase64 { get; } = new("Jwt payload is an invalid Base64url encoded");

    public static JwtStatus PayloadJson { get; } = new("Jwt payload is an invalid JSON");

    public static JwtStatus SignatureBase64 { get; } = new("Jwt signature is an invalid Base64url encoded");

    public static JwtStatus UnknownIssuer { get; } = new("Jwt issuer is not configured");

    public static JwtStatus NotYetValid { get; } = new("Jwt not yet valid");

    public static JwtStatus Expired { get; } = new("Jwt is expired");

    public static JwtStatus NoExpiry { get; } = new("Jwt does not have an expiration time");

    public static JwtStatus LifetimeExceeded { get; } = new("Jwt lifetime exceeds the allowed maximum");

    public static JwtStatus AudienceNotAllowed { get; } = new("Audiences in Jwt are not allowed");

    public static JwtStatus VerificationFailed { get; } = new("Jwt verification fails");

    public static JwtStatus NoKey { get; } = new("Jwks doesn't have key to match kid or alg from Jwt");

    public static JwtStatus FetchFailed { get; } = new("Jwks remote fetch is failed");

    public string Text { get; }

    /// <summary>403 instead of 401.</summary>
    public bool IsForbidden => ReferenceEquals(this, AudienceNotAllowed);

    public static JwtStatus NotInteger(string claim) => new($"Jwt payload [{claim}] field is not an integer");

    public static JwtStatus NotPositive(string claim) =>
        new($"Jwt payload [{claim}] field is not a positive 64 bit integer");

    public static JwtStatus NotString(string claim) => new($"Jwt payload [{claim}] field is not a string");
}
