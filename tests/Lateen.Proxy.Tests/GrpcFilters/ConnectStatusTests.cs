using System.Text;
using Lateen.Http;
using Lateen.Proxy.GrpcFilters;

namespace Lateen.Proxy.Tests.GrpcFilters;

public sealed class ConnectStatusTests
{
    [Theory]
    [InlineData("1", 408, "canceled")]
    [InlineData("2", 500, "unknown")]
    [InlineData("3", 400, "invalid_argument")]
    [InlineData("4", 408, "deadline_exceeded")]
    [InlineData("5", 404, "not_found")]
    [InlineData("6", 409, "already_exists")]
    [InlineData("7", 403, "permission_denied")]
    [InlineData("8", 429, "resource_exhausted")]
    [InlineData("9", 412, "failed_precondition")]
    [InlineData("10", 409, "aborted")]
    [InlineData("11", 400, "out_of_range")]
    [InlineData("12", 404, "unimplemented")]
    [InlineData("13", 500, "internal")]
    [InlineData("14", 503, "unavailable")]
    [InlineData("15", 500, "data_loss")]
    [InlineData("16", 401, "unauthenticated")]
    [InlineData("17", 500, "code_-1")]
    [InlineData("abc", 500, "code_-1")]
    public void Read_OfAFailure_GivesStatusAndName(string text, int status, string name)
    {
        var read = ConnectStatus.Read(Trailers(("grpc-status", text)))!;

        Assert.Equal(status, read.HttpStatus);
        Assert.Equal($$"""{"code":"{{name}}"}""", Encoding.UTF8.GetString(read.ToJson()));
    }

    [Fact]
    public void ToJson_WithMessageAndDetails_TellsThemEscaped()
    {
        // A google.rpc.Status with two details, one of which is empty; base64 without padding.
        var status = ConnectStatus.Read(Trailers(
            ("grpc-status", "3"), ("grpc-message", "a\"b<%20>"),
            ("grpc-status-details-bin", "CAMSBG5vbmUaFwoKdHlwZS5hL3guWRIJaGVsbG8gd29yGgwKCnR5cGUuYS94Llo")))!;

        Assert.Equal(
            """{"code":"invalid_argument","message":"a\"b\u003c%20\u003e","details":["""
                + """{"type":"type.a/x.Y","value":"aGVsbG8gd29y"},{"type":"type.a/x.Z","value":""}]}""",
            Encoding.UTF8.GetString(status.ToJson()));
    }

    [Theory]
    [InlineData("0", """{"metadata":{"x-a":["1","2"],"x-b":["3"]}}""")]
    [InlineData("13", """{"error":{"code":"internal"},"metadata":{"x-a":["1","2"],"x-b":["3"]}}""")]
    [InlineData("", """{"error":{"code":"code_0"},"metadata":{"x-a":["1","2"],"x-b":["3"]}}""")]
    public void EndOfStream_WithTrailers_HasThemAsMetadata(string status, string expected)
    {
        var trailers = Trailers(("x-b", "3"), ("grpc-status", status), ("x-a", "1"), ("x-a", "2"));

        var end = ConnectStatus.EndOfStream(ConnectStatus.Read(trailers), trailers);

        Assert.Equal(expected, Encoding.UTF8.GetString(end));
    }

    [Fact]
    public void EndOfStream_WithNothingToTell_IsAnEmptyObject() =>
        Assert.Equal("{}", Encoding.UTF8.GetString(ConnectStatus.EndOfStream(new ConnectStatus(0, "", null), null)));

    private static HeaderMap Trailers(params (string Name, string Value)[] entries)
    {
        var map = new HeaderMap();
        foreach (var (name, value) in entries)
        {
            map.Add(Encoding.ASCII.GetBytes(name), Encoding.UTF8.GetBytes(value));
        }
        return map;
    }
}
