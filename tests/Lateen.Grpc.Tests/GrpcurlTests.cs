using Lateen.TestKit;

namespace Lateen.Grpc.Tests;

/// <summary>Our server as grpcurl and ghz see it.</summary>
public sealed class GrpcurlTests : IAsyncLifetime
{
    private EchoServer _echo = null!;

    public async Task InitializeAsync() => _echo = await EchoServer.StartAsync();

    public async Task DisposeAsync() => await _echo.DisposeAsync();

    [PeerFact("grpcurl")]
    public async Task Reflection_List_NamesTheServices()
    {
        var (exit, output, error) = await CurlAsync("-plaintext", Address, "list");

        Assert.True(exit == 0, error);
        Assert.Contains("lateen.test.Echo\n", output, StringComparison.Ordinal);
        Assert.Contains("grpc.health.v1.Health\n", output, StringComparison.Ordinal);
    }

    [PeerFact("grpcurl")]
    public async Task Unary_ThroughReflection_Answers()
    {
        var (exit, output, error) = await CurlAsync("-plaintext", "-d", "\"hi\"", Address, "lateen.test.Echo/Unary");

        Assert.True(exit == 0, error);
        Assert.Equal("\"hi\"", output.Trim());
    }

    [PeerFact("grpcurl")]
    public async Task ServerStreaming_ThroughReflection_AnswersEach()
    {
        var (exit, output, error) = await CurlAsync("-plaintext", "-d", "3", Address, "lateen.test.Echo/Count");

        Assert.True(exit == 0, error);
        Assert.Equal(["0", "1", "2"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [PeerFact("grpcurl")]
    public async Task Duplex_ThroughReflection_AnswersEach()
    {
        var (exit, output, error) =
            await CurlAsync("-plaintext", "-d", "\"a\" \"b\"", Address, "lateen.test.Echo/Duplex");

        Assert.True(exit == 0, error);
        Assert.Equal(["\"hello\"", "\"a\"", "\"b\""], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [PeerFact("grpcurl")]
    public async Task Failure_Status_IsUnderstood()
    {
        var (exit, _, error) = await CurlAsync("-plaintext", "-d", "\"gone\"", Address, "lateen.test.Echo/Fail");

        Assert.Equal(64 + (int)GrpcStatusCode.NotFound, exit);
        Assert.Contains("Code: NotFound", error, StringComparison.Ordinal);
        Assert.Contains("Message: gone", error, StringComparison.Ordinal);
    }

    [PeerFact("ghz")]
    public async Task Load_ManyCallsAtOnce_AllSucceed()
    {
        string[] arguments =
        [
            "--insecure", "--proto", Path.Combine(AppContext.BaseDirectory, "echo.proto"), "--call",
                "lateen.test.Echo.Unary",
            "-d", "\"hi\"", "-n", "2000", "-c", "50", "--connections", "4", "-O", "json", Address,
        ];

        var (exit, output, error) = await Peer.RunAsync(Peer.Find("ghz")!, arguments);

        Assert.True(exit == 0, error);
        using var report = System.Text.Json.JsonDocument.Parse(output);
        Assert.Equal(2000, report.RootElement.GetProperty("statusCodeDistribution").GetProperty("OK").GetInt32());
    }

    private string Address => $"127.0.0.1:{_echo.Port}";

    private static Task<(int ExitCode, string Output, string Error)> CurlAsync(params string[] arguments) =>
        Peer.RunAsync(Peer.Find("grpcurl")!, arguments);
}
