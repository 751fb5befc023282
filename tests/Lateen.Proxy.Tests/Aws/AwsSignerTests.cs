using System.Text;
using Lateen.Http;
using Lateen.Proxy.Aws;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tests.Aws;

/// <summary>Signatures as Envoy made them.</summary>
public sealed class AwsSignerTests
{
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private const string Scope = "AKIDEXAMPLE/20261123/us-east-1/execute-api/aws4_request";

    [Fact]
    public void Sign_EveryRecordedRequest_MakesTheSameSignature()
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "testdata", "aws-signatures.tsv"));
        foreach (var line in lines.Where(line => !line.StartsWith('#')))
        {
            var columns = line.Split('\t');
            var request = Request(columns[1], columns[2], columns[3]);
            foreach (var header in columns[5].Split(" | ", StringSplitOptions.RemoveEmptyEntries))
            {
                var parts = header.Split('=', 2);
                request.Add(Encoding.ASCII.GetBytes(parts[0]), Encoding.ASCII.GetBytes(parts[1].Replace("\\t", "\t")));
            }

            Signer(columns[0]).Sign(request, columns[6], true, At(columns[4]));

            Assert.True(
                Header(request, "authorization").EndsWith($", Signature={columns[7]}", StringComparison.Ordinal), line);
        }
    }

    [Fact]
    public void Sign_WithHeadersThatAreThere_ReplacesOldSignatures()
    {
        var request = Request("GET", "test.local", "/x");
        foreach (var name in new[] { "authorization", "x-amz-security-token", "x-amz-date", "x-amz-content-sha256" })
        {
            request.Add(Encoding.ASCII.GetBytes(name), "old"u8);
        }

        Signer("execute-api").Sign(request, AwsSigner.EmptyHash, false, At("015701"));

        Assert.StartsWith(
            $"AWS4-HMAC-SHA256 Credential={Scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=",
            Header(request, "authorization"), StringComparison.Ordinal);
        Assert.Equal("20261123T015701Z", Header(request, "x-amz-date"));
        Assert.Equal(AwsSigner.EmptyHash, Header(request, "x-amz-content-sha256"));
        Assert.False(request.Contains(HeaderName.Create("x-amz-security-token")));
    }

    [Fact]
    public void Sign_WithATemporaryCredential_SignsItsToken()
    {
        var request = Request("GET", "test.local", "/x");
        var signer = new AwsSigner
        {
            Service = "execute-api",
            Region = "us-east-1",
            Credentials = new AwsCredentials("AKIDEXAMPLE", "secret/+=", "tok/en+=="),
        };

        signer.Sign(request, AwsSigner.EmptyHash, false, At("015701"));

        Assert.Equal("tok/en+==", Header(request, "x-amz-security-token"));
        Assert.EndsWith(
            "a189b63302e975ff4a786722a970b07e878afe63b43778be09d3b829e8d9a273", Header(request, "authorization"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x-a", "", "content-type;host;x-a1;x-amz-content-sha256;x-amz-date;x-amz-r")]
    [InlineData("x-a", "x-a1", "content-type;host;x-a1;x-amz-content-sha256;x-amz-date;x-amz-r")]
    [InlineData("x-forwarded", "",
        "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-r;x-forwarded-for")]
    [InlineData("", "x-a", "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-r;x-b")]
    [InlineData("", "content", "content-type;host;x-a1;x-amz-content-sha256;x-amz-date;x-amz-r;x-b")]
    public void Sign_WithRulesForHeaders_AlwaysSignsThoseThatMustBe(string included, string excluded, string expected)
    {
        var request = Request("GET", "test.local", "/x");
        foreach (var name in new[] { "x-a1", "x-b", "x-amz-r", "content-type", "x-forwarded-for", "x-empty" })
        {
            request.Add(Encoding.ASCII.GetBytes(name), name == "x-empty" ? default : "v"u8);
        }
        var signer = new AwsSigner
        {
            Service = "s",
            Region = "r",
            Credentials = new AwsCredentials("A", "B", ""),
            Included = included.Length > 0 ? [StringMatcher.Prefix(included)] : [],
            Excluded = excluded.Length > 0 ? [StringMatcher.Prefix(excluded)] : [],
        };

        signer.Sign(request, AwsSigner.EmptyHash, false, At("000000"));

        Assert.Contains($"SignedHeaders={expected},", Header(request, "authorization"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/x?b=2&a=1", false,
        "X-Amz-Signature=f75e963470e5e58fd8fa233a5dceff060b2afd1af6991d280c07ce7a0cb9eeff&"
            + "X-Amz-SignedHeaders=authorization%3Bhost%3Bx-amz-content-sha256%3Bx-b&a=1&b=2")]
    [InlineData("/x", false,
        "X-Amz-Signature=fbdc3bae7060311a76f098c521dae28612e03168813e1755115912affe8df357&"
            + "X-Amz-SignedHeaders=host%3Bx-amz-content-sha256")]
    public void Sign_InTheQuery_AddsSortedParameters(string path, bool hasBody, string expected)
    {
        var request = Request("GET", "test.local", path);
        if (path.Contains('?'))
        {
            request.Add("x-b"u8, "1"u8);
            request.Add("authorization"u8, "old"u8);
        }

        Signer("execute-api", 5).Sign(request, AwsSigner.EmptyHash, hasBody, At("015704"));

        Assert.Equal(
            "/x?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + Scope.Replace("/", "%2F")
                + "&X-Amz-Date=20261123T015704Z&X-Amz-Expires=5&" + expected,
            Encoding.ASCII.GetString(request.Get(HeaderId.Path)));
    }

    [Fact]
    public void Sign_OfABodyInTheQuery_TellsNoHash()
    {
        var request = Request("POST", "test.local", "/x?q");
        request.Add("content-length"u8, "5"u8);

        Signer("execute-api", 5).Sign(
            request, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", true, At("015704"));

        Assert.Contains(
            "&X-Amz-Signature=37b87c415ee5876ca385101d012a6dfbde5608ab8ff4299e720829b5d2104b9b&"
                + "X-Amz-SignedHeaders=content-length%3Bhost&q=",
            Encoding.ASCII.GetString(request.Get(HeaderId.Path)), StringComparison.Ordinal);
        Assert.False(request.Contains(HeaderName.Create("x-amz-content-sha256")));
    }

    [Fact]
    public void Sign_WithoutCredentials_TellsTheHashOnly()
    {
        var request = Request("GET", "test.local", "/x");
        request.Add("authorization"u8, "old"u8);

        new AwsSigner { Service = "s", Region = "r" }.Sign(request, AwsSigner.EmptyHash, false, At("000000"));

        Assert.Equal("old", Header(request, "authorization"));
        Assert.Equal(AwsSigner.EmptyHash, Header(request, "x-amz-content-sha256"));
    }

    [Fact]
    public void ToString_OfCredentials_HidesTheSecret() =>
        Assert.Equal("id", new AwsCredentials("id", "secret", "token").ToString());

    private static AwsSigner Signer(string service, int querySeconds = 0) => new()
    {
        Service = service,
        Region = "us-east-1",
        Credentials = new AwsCredentials("AKIDEXAMPLE", Secret, ""),
        QuerySeconds = querySeconds,
    };

    private static HeaderMap Request(string method, string host, string path)
    {
        var request = new HeaderMap();
        request.Add(HeaderId.Method, Encoding.ASCII.GetBytes(method));
        request.Add(HeaderId.Authority, Encoding.ASCII.GetBytes(host));
        request.Add(HeaderId.Path, Encoding.ASCII.GetBytes(path));
        return request;
    }

    private static string Header(HeaderMap request, string name) =>
        request.TryGet(HeaderName.Create(name), out var value) ? Encoding.ASCII.GetString(value) : "";

    private static long At(string time) =>
        (new DateTime(2026, 11, 23, int.Parse(time[..2]), int.Parse(time[2..4]), int.Parse(time[4..]), DateTimeKind.Utc)
            - DateTime.UnixEpoch).Ticks * 100;
}
