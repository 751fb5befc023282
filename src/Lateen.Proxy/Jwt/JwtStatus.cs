namespace Lateen.Proxy.Jwt;

/// <summary>The outcome of looking at a token; the texts are what clients are told.</summary>
internal sealed class JwtStatus
{
    private JwtStatus(int code, string text) => (Code, Text) = (code, text);

    /// <summary>Number of the status in the failure's metadata. Source: <c>google::jwt_verify::Status</c>.</summary>
    public int Code { get; }

    public static JwtStatus Ok { get; } = new(0, "OK");

    public static JwtStatus Missing { get; } = new(1, "Jwt is missing");

    public static JwtStatus BadFormat { get; } =
        new(4, "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections");

    public static JwtStatus HeaderBase64 { get; } = new(5, "Jwt header is an invalid Base64url encoded");

    public static JwtStatus HeaderJson { get; } = new(6, "Jwt header is an invalid JSON");

    public static JwtStatus HeaderAlgorithm { get; } =
        new(7, "Jwt header [alg] field is required and must be a string");

    public static JwtStatus HeaderKeyId { get; } = new(9, "Jwt header [kid] field is not a string");

    public static JwtStatus AlgorithmUnknown { get; } = new(8, "Jwt header [alg] is not supported");

    public static JwtStatus PayloadBase64 { get; } = new(10, "Jwt payload is an invalid Base64url encoded");

    public static JwtStatus PayloadJson { get; } = new(11, "Jwt payload is an invalid JSON");

    public static JwtStatus SignatureBase64 { get; } = new(23, "Jwt signature is an invalid Base64url encoded");

    public static JwtStatus UnknownIssuer { get; } = new(24, "Jwt issuer is not configured");

    public static JwtStatus NotYetValid { get; } = new(2, "Jwt not yet valid");

    public static JwtStatus Expired { get; } = new(3, "Jwt is expired");

    public static JwtStatus AudienceNotAllowed { get; } = new(25, "Audiences in Jwt are not allowed");

    public static JwtStatus VerificationFailed { get; } = new(26, "Jwt verification fails");

    public static JwtStatus NoKey { get; } = new(32, "Jwks doesn't have key to match kid or alg from Jwt");

    public static JwtStatus FetchFailed { get; } = new(52, "Jwks remote fetch is failed");

    public string Text { get; }

    /// <summary>403 instead of 401.</summary>
    public bool IsForbidden => ReferenceEquals(this, AudienceNotAllowed);

    public static JwtStatus NotInteger(string claim) =>
        new(claim switch { "iat" => 14, "nbf" => 16, _ => 18 }, $"Jwt payload [{claim}] field is not an integer");

    public static JwtStatus NotPositive(string claim) =>
        new(claim switch { "iat" => 15, "nbf" => 17, _ => 19 },
            $"Jwt payload [{claim}] field is not a positive 64 bit integer");

    public static JwtStatus NotString(string claim) =>
        new(claim switch { "iss" => 12, "sub" => 13, "jti" => 20, _ => 21 },
            $"Jwt payload [{claim}] field is not a string{(claim == "aud" ? " or string list" : "")}");
}
