using System.Text;
using Envoy.Extensions.Common.Aws.V3;
using Envoy.Extensions.Filters.Http.AwsRequestSigning.V3;
using Lateen.Proxy.Aws;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>
/// The filter <c>aws_request_signing</c>. Credentials are those of the configuration, of the environment or of a file,
/// read when the configuration comes.
/// </summary>
internal static class AwsDecoder
{
    private const int QuerySecondsDefault = 5;

    public static HttpFilter? Filter(FilterSource source)
    {
        var proto = source.Read(AwsRequestSigning.Parser);
        return Signing(proto, source.Scope!, "", source) is { } signing
            ? new AwsRequestSigningFilter { Name = source.Name, Disabled = source.Disabled, Signing = signing }
            : null;
    }

    public static object? Route(FilterSource source)
    {
        var proto = source.Read(AwsRequestSigningPerRoute.Parser);
        return Signing(
            proto.AwsRequestSigning ?? new AwsRequestSigning(),
            source.Context.Stats.GetScope(proto.StatPrefix, StatLayout.Empty), "aws_request_signing.", source);
    }

    private static AwsSigning? Signing(AwsRequestSigning proto, StatsScope scope, string at, FilterSource source)
    {
        if (proto.SigningAlgorithm != AwsRequestSigning.Types.SigningAlgorithm.AwsSigv4)
        {
            source.Error($"{at}signing_algorithm", "AWS_SIGV4A is not supported");
            return null;
        }
        var region = proto.Region.Length > 0 ? proto.Region : RegionAround();
        if (region.Length == 0 || region.AsSpan().IndexOfAny('*', ',') >= 0)
        {
            source.Error($"{at}region", region.Length == 0
                ? "AWS region is not set in xDS configuration and failed to retrieve from environment variable or AWS "
                    + "profile/config files."
                : "SigV4 region string cannot contain wildcards or commas. Region sets can be specified when using "
                    + "signing_algorithm: AWS_SIGV4A.");
            return null;
        }
        var signer = new AwsSigner
        {
            Service = proto.ServiceName,
            Region = region,
            Credentials = Credentials(proto.CredentialProvider, $"{at}credential_provider", source),
            Included = Matchers(proto.MatchIncludedHeaders, $"{at}match_included_headers", source),
            Excluded = Matchers(proto.MatchExcludedHeaders, $"{at}match_excluded_headers", source),
            QuerySeconds = proto.QueryString is not { } query ? 0
                : (int)(query.ExpirationTime?.Seconds ?? QuerySecondsDefault),
        };
        return new AwsSigning(scope)
        {
            Signer = signer,
            HostRewrite = Encoding.UTF8.GetBytes(proto.HostRewrite),
            IsBodyUnsigned = proto.UseUnsignedPayload,
        };
    }

    /// <summary>What is written here, else in the environment, else in a file; null: nowhere.</summary>
    private static AwsCredentials? Credentials(AwsCredentialProvider? proto, string at, FilterSource source)
    {
        proto ??= new AwsCredentialProvider();
        if (HasUnsupported(proto, at, source))
        {
            return null;
        }
        if (proto.InlineCredential is { } inline)
        {
            return new AwsCredentials(inline.AccessKeyId, inline.SecretAccessKey, inline.SessionToken);
        }
        var isOwnChain = proto.CustomCredentialProviderChain;
        var takesEnvironment = !isOwnChain || proto.EnvironmentCredentialProvider is not null;
        var takesFile = !isOwnChain || proto.CredentialsFileProvider is not null;
        if (!takesEnvironment && !takesFile)
        {
            source.Error(at, "Custom credential provider chain must have at least one credential provider");
            return null;
        }
        if (takesEnvironment && Variable("AWS_ACCESS_KEY_ID") is { Length: > 0 } id
            && Variable("AWS_SECRET_ACCESS_KEY") is { Length: > 0 } secret)
        {
            return new AwsCredentials(id, secret, Variable("AWS_SESSION_TOKEN"));
        }
        return takesFile ? OfFile(proto.CredentialsFileProvider, $"{at}.credentials_file_provider", source) : null;
    }

    private static AwsCredentials? OfFile(
        CredentialsFileCredentialProvider? proto, string at, FilterSource source)
    {
        var profile = proto?.Profile.Length > 0 ? proto.Profile : Profile();
        var text = proto?.CredentialsDataSource is { } data
            ? Encoding.UTF8.GetString(
                DataSourceReader.Read(data, $"{source.Path}.{at}.credentials_data_source", source.Context) ?? [])
            : ReadIfThere(Path("AWS_SHARED_CREDENTIALS_FILE", "credentials"));
        return AwsProfileFile.Credentials(text, profile);
    }

    private static bool HasUnsupported(AwsCredentialProvider proto, string at, FilterSource source)
    {
        var any = false;
        foreach (var (isSet, field) in new[]
        {
            (proto.AssumeRoleWithWebIdentityProvider is not null, "assume_role_with_web_identity_provider"),
            (proto.IamRolesAnywhereCredentialProvider is not null, "iam_roles_anywhere_credential_provider"),
            (proto.ConfigCredentialProvider is not null, "config_credential_provider"),
            (proto.ContainerCredentialProvider is not null, "container_credential_provider"),
            (proto.InstanceProfileCredentialProvider is not null, "instance_profile_credential_provider"),
            (proto.AssumeRoleCredentialProvider is not null, "assume_role_credential_provider"),
        })
        {
            if (isSet)
            {
                any = true;
                source.Error($"{at}.{field}", $"{field} is not supported");
            }
        }
        return any;
    }

    /// <summary>The region of the environment or of the profile's files; empty: none.</summary>
    private static string RegionAround()
    {
        if (Variable("AWS_REGION") is { Length: > 0 } region)
        {
            return region;
        }
        if (Variable("AWS_DEFAULT_REGION") is { Length: > 0 } other)
        {
            return other;
        }
        var profile = Profile();
        var found = AwsProfileFile.Find(
            ReadIfThere(Path("AWS_SHARED_CREDENTIALS_FILE", "credentials")), profile, "region");
        return found.Length > 0 ? found : AwsProfileFile.Find(
            ReadIfThere(Path("AWS_CONFIG_FILE", "config")), profile == "default" ? profile : $"profile {profile}",
            "region");
    }

    private static string Profile() => Variable("AWS_PROFILE") is { Length: > 0 } profile ? profile : "default";

    private static string Path(string variable, string name) =>
        Variable(variable) is { Length: > 0 } path ? path : $"{Variable("HOME")}/.aws/{name}";

    private static string Variable(string name) => StreamOperators.Environment(name) ?? "";

    /// <summary>A file that need not be there.</summary>
    private static string ReadIfThere(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As good as none: the next place is asked.
            return "";
        }
    }

    private static StringMatcher[] Matchers(
        IEnumerable<Envoy.Type.Matcher.V3.StringMatcher> protos, string field, FilterSource source) =>
        [.. protos.Select(proto => MatcherDecoder.DecodeString(proto, $"{source.Path}.{field}", source.Context)!)
            .Where(matcher => matcher is not null)];
}
