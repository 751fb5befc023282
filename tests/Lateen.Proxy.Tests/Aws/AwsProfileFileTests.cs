using Lateen.Proxy.Aws;

namespace Lateen.Proxy.Tests.Aws;

public sealed class AwsProfileFileTests
{
    private const string Text = """
        aws_access_key_id=outside
        [default]
        aws_access_key_id = AKD
        AWS_SECRET_ACCESS_KEY=x=y
        # aws_session_token = no
        [other]
        aws_access_key_id=AKO
        aws_secret_access_key=so
        aws_session_token=to
        region=eu
        [half]
        aws_access_key_id=AKH
        [colons]
        aws_access_key_id: AKC
        aws_secret_access_key: sc
        """;

    [Theory]
    [InlineData("default", "AKD", "x=y", "")]
    [InlineData("other", "AKO", "so", "to")]
    public void Credentials_OfAProfile_AreThoseOfItsSection(string profile, string id, string secret, string token) =>
        Assert.Equal(new AwsCredentials(id, secret, token), AwsProfileFile.Credentials(Text, profile));

    [Theory]
    [InlineData("half")]
    [InlineData("none")]
    [InlineData("colons")]
    [InlineData("")]
    public void Credentials_ThatAreNotWhole_AreNone(string profile) =>
        Assert.Null(AwsProfileFile.Credentials(Text, profile));

    [Fact]
    public void Find_OfAnotherKey_GivesItsValue() => Assert.Equal("eu", AwsProfileFile.Find(Text, "other", "region"));
}
