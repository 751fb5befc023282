namespace Lateen.Galley.Tests.Sources;

public sealed class FileCheckerTests
{
    private const string Good =
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
        + "metadata: {name: a, namespace: n}\nspec: {host: x}\n";

    [Fact]
    public void Check_GoodObject_IsGood()
    {
        Assert.True(new FileChecker().Check("\ufeff" + Good.ReplaceLineEndings("\r\n"), "f").IsGood);
    }

    [Fact]
    public void Check_BadObject_IsNamedWithItsPlace()
    {
        var report =
            new FileChecker().Check(Good + "---\n" + Good.Replace("host: x", "host: x!", StringComparison.Ordinal),
                "f");

        var (subject, error) = Assert.Single(report.Errors);
        Assert.Equal("DestinationRule/n/a", subject);
        Assert.Equal(("f", 9, "spec.host"), (error.File, error.Line, error.Path));
    }

    [Fact]
    public void Check_BrokenDocument_StopsReadingThere()
    {
        var report = new FileChecker().Check(Good + "---\n- a\n---\nkind: VirtualService\n", "f");

        Assert.NotNull(report.Unreadable);
        Assert.Empty(report.Errors);
    }

    [Fact]
    public void Check_UnknownKind_IsANote()
    {
        var report =
            new FileChecker().Check(Good.Replace("DestinationRule", "DestinationRul", StringComparison.Ordinal), "f");

        Assert.True(report.IsGood);
        Assert.Contains("Did you mean DestinationRule", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http-web", true)]
    [InlineData("web", false)]
    [InlineData("grpc-web-x", true)]
    [InlineData("", false)]
    public void Check_ServicePortName_TellsTheProtocol(string name, bool good)
    {
        var text =
            "{apiVersion: v1, kind: Service, metadata: {name: a}, "
            + $"spec: {{ports: [{{port: 80, name: '{name}'}}]}}}}";

        Assert.Equal(good, new FileChecker().Check(text, "f").IsGood);
    }
}
