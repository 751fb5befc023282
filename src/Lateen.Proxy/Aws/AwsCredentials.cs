namespace Lateen.Proxy.Aws;

/// <summary>Who signs requests for AWS.</summary>
/// <param name="AccessKeyId">Told with each request.</param>
/// <param name="SecretKey">Never told.</param>
/// <param name="SessionToken">Of temporary credentials; empty: none.</param>
internal sealed record AwsCredentials(string AccessKeyId, string SecretKey, string SessionToken)
{
    /// <summary>Without the secret parts, whoever prints it.</summary>
    public override string ToString() => AccessKeyId;
}
