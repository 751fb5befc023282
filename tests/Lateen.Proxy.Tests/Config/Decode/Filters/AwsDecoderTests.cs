using Envoy.Extensions.Filters.Http.AwsRequestSigning.V3;
using Google.Protobuf;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Config.Decode.Filters;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Config.Decode.Filters;

public sealed class AwsDecoderTests
{
    private const string Inline = "inline_credential: {access_key_id: A, secret_access_key: B}";
    private const string File = "credentials_file_provider: {profile: p, credentials_data_source: "
        + "{inline_string: \"[p]\\naws_access_key_id=F\\naws_secret_access_key=S\"}}";

    private readonly DecodeContext _context = new() { Resources = TestResources.Create() };

    [Theory]
    [InlineData("{" + Inline + "}", "A")]
    [InlineData("{" + Inline + ", " + File + "}", "A")]
    [InlineData("{" + File + "}", "F")]
    [InlineData("{custom_credential_provider_chain: true, " + File + "}", "F")]
    [InlineData("{custom_credential_provider_chain: true, environment_credential_provider: {}}", null)]
    public void Credentials_OfEachKind_AreTaken(string provider, string? expected)
    {
        var filter = Decode("region: r, service_name: s, credential_provider: " + provider);

        Assert.Empty(_context.Errors);
        Assert.Equal(expected, filter!.Signing.Signer.Credentials?.AccessKeyId);
    }

    [Theory]
    [InlineData("service_name: s, region: 'us-*', credential_provider: {" + Inline + "}", "wildcards or commas")]
    [InlineData("service_name: s, region: 'a,b', credential_provider: {" + Inline + "}", "wildcards or commas")]
    [InlineData("service_name: s, region: r, signing_algorithm: AWS_SIGV4A", "AWS_SIGV4A is not supported")]
    [InlineData("service_name: s, region: r, credential_provider: {custom_credential_provider_chain: true}",
        "must have at least one credential provider")]
    [InlineData("service_name: s, region: r, credential_provider: {custom_credential_provider_chain: true, "
        + "assume_role_credential_provider: {role_arn: a}}", "assume_role_credential_provider is not supported")]
    [InlineData("service_name: s, region: r, credential_provider: {instance_profile_credential_provider: {}}",
        "instance_profile_credential_provider is not supported")]
    public void Filter_ThatCannotSign_IsRefused(string yaml, string error)
    {
        _ = Decode(yaml);

        Assert.Contains(error, Assert.Single(_context.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Query_WithoutTime_HoldsForFiveSeconds()
    {
        var filter = Decode("region: r, service_name: s, query_string: {}, credential_provider: {" + Inline + "}");

        Assert.Equal(5, filter!.Signing.Signer.QuerySeconds);
    }

    private AwsRequestSigningFilter? Decode(string yaml)
    {
        var proto = TestResources.Read<AwsRequestSigning>("{" + yaml + "}");
        var scope = new StatsStore(1).GetScope("http.test.", StatLayout.Empty);
        var source = new FilterSource("f", false, "", proto.ToByteString(), null, scope, "f", _context);
        return AwsDecoder.Filter(source) as AwsRequestSigningFilter;
    }
}
