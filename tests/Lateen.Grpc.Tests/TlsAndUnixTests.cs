using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf.WellKnownTypes;
using Lateen.Grpc.Client;
using Lateen.Grpc.Server;
using Lateen.TestKit;

namespace Lateen.Grpc.Tests;

public sealed class TlsAndUnixTests
{
    private static readonly GrpcMethod<StringValue, StringValue> _whoAmI =
        GrpcMethod.Protobuf(EchoService.Name, "WhoAmI", StringValue.Parser, StringValue.Parser);

    [Fact]
    public async Task Unix_Socket_CarriesCallsAndReplacesAStaleFile()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("echo.sock", "stale");
        await using var server = new GrpcServer(EchoService.Build());
        server.ListenUnix(path);
        await server.StartAsync();
        using var channel = new GrpcChannel(new() { Address = $"unix:{path}" });

        var response = await channel.UnaryAsync(EchoService.Unary, new StringValue { Value = "hi" });

        Assert.Equal("hi", response.Value);
    }

    [Fact]
    public async Task Tls_ClientCertificate_ReachesTheMethod()
    {
        using var certificate = MakeCertificate();
        await using var server = await StartTlsAsync(certificate);
        using var channel = new GrpcChannel(new()
        {
            Address = $"https://localhost:{server.EndPoints[0].Port}",
            Tls = () => ClientOptions(certificate, withCertificate: true),
        });

        var response = await channel.UnaryAsync(_whoAmI, new StringValue());

        Assert.Equal("CN=lateen-test", response.Value);
    }

    [Fact]
    public async Task Tls_NoClientCertificate_IsAllowedAndSeen()
    {
        using var certificate = MakeCertificate();
        await using var server = await StartTlsAsync(certificate);
        using var channel = new GrpcChannel(new()
        {
            Address = $"https://localhost:{server.EndPoints[0].Port}",
            Tls = () => ClientOptions(certificate, withCertificate: false),
        });

        var response = await channel.UnaryAsync(_whoAmI, new StringValue());

        Assert.Equal("nobody", response.Value);
    }

    [Fact]
    public async Task Tls_UntrustedServer_IsUnavailable()
    {
        using var certificate = MakeCertificate();
        await using var server = await StartTlsAsync(certificate);
        using var channel = new GrpcChannel(new() { Address = $"https://localhost:{server.EndPoints[0].Port}" });

        var error = await Assert.ThrowsAsync<GrpcException>(() => channel.UnaryAsync(_whoAmI, new StringValue()));

        Assert.Equal(GrpcStatusCode.Unavailable, error.Status.Code);
    }

    [Fact]
    public async Task Channel_NobodyListens_IsUnavailable()
    {
        using var channel = new GrpcChannel(new() { Address = "http://127.0.0.1:1" });

        var error =
            await Assert.ThrowsAsync<GrpcException>(() => channel.UnaryAsync(EchoService.Unary, new StringValue()));

        Assert.Equal(GrpcStatusCode.Unavailable, error.Status.Code);
    }

    [Fact]
    public async Task Server_Stops_OpenStreamIsUnavailableOrCancelled()
    {
        await using var echo = await EchoServer.StartAsync();
        await using var call = echo.Channel.Open(EchoService.Duplex);
        Assert.True(await call.MoveNextAsync());

        await echo.Server.DisposeAsync();

        var error = await Assert.ThrowsAsync<GrpcException>(async () => await call.MoveNextAsync());
        Assert.Contains(
            error.Status.Code,
            new[] { GrpcStatusCode.Unavailable, GrpcStatusCode.Cancelled, GrpcStatusCode.Internal });
    }

    [Fact]
    public async Task Server_MessageOverTheLimit_IsRefused()
    {
        await using var echo = await EchoServer.StartAsync(messageBytesMax: 1000);

        await echo.Channel.UnaryAsync(EchoService.Unary, new StringValue { Value = new string('x', 990) });
        var error = await Assert.ThrowsAsync<GrpcException>(
            () => echo.Channel.UnaryAsync(EchoService.Unary, new StringValue { Value = new string('x', 1000) }));

        Assert.Equal(GrpcStatusCode.ResourceExhausted, error.Status.Code);
    }

    private static async Task<GrpcServer> StartTlsAsync(X509Certificate2 certificate)
    {
        var services = new GrpcServices();
        services.AddUnary(_whoAmI, (_, call) =>
            Task.FromResult(new StringValue { Value = call.ClientCertificate?.Subject ?? "nobody" }));
        var server = new GrpcServer(services);
        server.Listen(new IPEndPoint(IPAddress.Loopback, 0), _ => new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, remote, _, _) =>
                remote is null || remote.GetCertHashString() == certificate.GetCertHashString(),
        });
        await server.StartAsync();
        return server;
    }

    private static SslClientAuthenticationOptions ClientOptions(X509Certificate2 certificate, bool withCertificate)
    {
        return new SslClientAuthenticationOptions
        {
            ClientCertificates = withCertificate ? [certificate] : null,
            RemoteCertificateValidationCallback = (_, remote, _, _) =>
                remote?.GetCertHashString() == certificate.GetCertHashString(),
        };
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=lateen-test", key, HashAlgorithmName.SHA256);
        var start = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return request.CreateSelfSigned(start, start.AddYears(80));
    }
}
