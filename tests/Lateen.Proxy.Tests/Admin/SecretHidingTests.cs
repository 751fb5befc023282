using Lateen.Core.Yaml;
using Lateen.Proxy.Admin;

namespace Lateen.Proxy.Tests.Admin;

/// <summary>No key or password leaves by the admin port, wherever it stands in the tree.</summary>
public sealed class SecretHidingTests
{
    [Theory]
    [InlineData("{a: {private_key: {inline_string: hush}}}")]
    [InlineData("{secrets: [{tls_certificate: {private_key: {filename: hush}, password: {inline_string: hush}}}]}")]
    [InlineData("{generic_secret: {secret: {environment_variable: hush}}}")]
    [InlineData("{generic_secret: {secrets: {k: {inline_string: hush}}}}")]
    [InlineData("{session_ticket_keys: {keys: [{inline_bytes: hush}, {inline_string: hush}]}}")]
    [InlineData("{x: [{tls_certificates: [{private_key: {inline_string: hush}}]}]}")]
    [InlineData("{downstream_auth_passwords: [{inline_string: hush}]}")]
    public void Tree_WithSecrets_ShowsNone(string yaml)
    {
        var text = JsonTreeWriter.Write(SecretHiding.Apply(YamlReader.Read(yaml).Documents[0]));
        Assert.DoesNotContain("hush", text, StringComparison.Ordinal);
        Assert.True(text.Contains("[redacted]", StringComparison.Ordinal)
            || text.Contains("W3JlZGFjdGVkXQ==", StringComparison.Ordinal));
    }

    [Fact]
    public void Tree_WithoutSecrets_StaysAsItIs()
    {
        const string Text = """{"validation_context":{"trusted_ca":{"filename":"f"}},"keys":["k"],"password":"p"}""";
        Assert.Equal(Text, JsonTreeWriter.Write(SecretHiding.Apply(YamlReader.Read(Text).Documents[0])));
    }
}
