using System.Net;
using Lateen.ControlPlane.Jwks;
using Lateen.Pilot.Security;
using Microsoft.AspNetCore.Http;

namespace Lateen.ControlPlane.Tests.Jwks;

public sealed class JwksFetcherTests : IAsyncLifetime
{
    private FakeKeyServer _server = null!;

    public async Task InitializeAsync() => _server = await FakeKeyServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Fetch_OfAnAddress_GivesTheSetAsServed()
    {
        _server.Paths["/far"] = FakeKeyServer.Redirect("/jwks");

        Assert.Equal(FakeKeyServer.KeySet("ours-jwks"), await FetchAsync(At("/jwks")));
        Assert.Equal(FakeKeyServer.KeySet("ours-jwks"), await FetchAsync(At("/far")));
    }

    [Fact]
    public async Task Fetch_OfAnIssuer_FollowsItsConfiguration()
    {
        _server.Paths["/me/.well-known/openid-configuration"] =
            FakeKeyServer.Json($$"""{"jwks_uri":"http://{{_server.Authority}}/jwks"}""");

        Assert.Equal(
            FakeKeyServer.KeySet("ours-jwks"),
            await FetchAsync(new JwksSource("", $"http://{_server.Authority}/me/")));
    }

    [Theory]
    [InlineData("/absent", "status 404")]
    [InlineData("/text", "no JSON object with an array 'keys'")]
    [InlineData("/nokeys", "no JSON object with an array 'keys'")]
    [InlineData("/large", "buffer")]
    [InlineData("/loop", "status 302")]
    [InlineData("/cut", "/cut: ")]
    [InlineData("/packed", "/packed: ")]
    [InlineData("/charset", "/charset: ")]
    [InlineData("/astray", "is no http or https address")]
    [InlineData("/nowhere", "is no http or https address")]
    public async Task Fetch_OfNoKeySet_SaysWhy(string path, string reason)
    {
        _server.Paths["/text"] = FakeKeyServer.Json("no JSON");
        _server.Paths["/nokeys"] = FakeKeyServer.Json("""{"keys":"none"}""");
        _server.Paths["/large"] = FakeKeyServer.Json(new string(' ', JwksFetcher.BodyBytesMax + 1));
        _server.Paths["/loop"] = FakeKeyServer.Redirect("/loop");
        _server.Paths["/astray"] = FakeKeyServer.Redirect("mailto:me@example");
        _server.Paths["/nowhere"] = FakeKeyServer.Redirect("//[");
        _server.Paths["/packed"] = context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return context.Response.WriteAsync("not packed");
        };
        _server.Paths["/charset"] = context =>
        {
            context.Response.ContentType = "application/json; charset=utf-7";
            return context.Response.WriteAsync(FakeKeyServer.KeySet("a"));
        };
        _server.Paths["/cut"] = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        var error = await Assert.ThrowsAsync<JwksException>(() => FetchAsync(At(path)));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Source_Shown_HasNoPasswordAndOneLine()
    {
        Assert.Equal("http://a.example/k", $"{new JwksSource("http://me:secret@a.example/k", "")}");
        Assert.Equal("issuer a?b", $"{new JwksSource("", "a\nb")}");
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("file:///etc/passwd")]
    public async Task Fetch_OfNoAddress_SaysSo(string issuer)
    {
        var error = await Assert.ThrowsAsync<JwksException>(() => FetchAsync(new JwksSource("", issuer)));

        Assert.Contains("no http or https address", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The server's own name leads to it, a blocked address after a redirect does not.</summary>
    [Fact]
    public async Task Fetch_FromABlockedNetwork_IsRefusedAfterARedirectToo()
    {
        _server.Paths["/away"] = FakeKeyServer.Redirect("http://169.254.169.254/jwks");
        using var fetcher = new JwksFetcher(new JwksOptions { BlockedNetworks = [IPNetwork.Parse("127.0.0.0/8")] });

        var own = await Assert.ThrowsAsync<JwksException>(() => fetcher.FetchAsync(At("/jwks"), default));
        var redirected = await Assert.ThrowsAsync<JwksException>(() => FetchAsync(At("/away")));

        Assert.Contains("keys may not be fetched from there", own.Message, StringComparison.Ordinal);
        Assert.Contains("keys may not be fetched from there", redirected.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("169.254.169.254", true)]
    [InlineData("::ffff:169.254.169.254", true)]
    [InlineData("fe80::1", true)]
    [InlineData("100.100.100.200", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("64:ff9b::a9fe:a9fe", true)]
    [InlineData("2002:0a01:0203::1", true)]
    [InlineData("172.16.0.1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("::1", false)]
    public void BlockedAddresses_Contains_LinkLocalMetadataAndConfigured(string address, bool expected)
    {
        var blocked = new BlockedAddresses([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12")]);

        Assert.Equal(expected, blocked.Contains(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("::ffff:127.0.0.1")]
    public void BlockedAddresses_OfTheMachineItself_HaveSeveralForms(string address)
    {
        var blocked = new BlockedAddresses([IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")]);

        Assert.True(blocked.Contains(IPAddress.Parse(address)));
    }

    /// <summary>A name is looked up before it is refused.</summary>
    [Fact]
    public async Task Fetch_FromANameOfABlockedAddress_IsRefused()
    {
        using var fetcher = new JwksFetcher(new JwksOptions
        {
            BlockedNetworks = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")],
        });
        var port = new Uri($"http://{_server.Authority}").Port;

        var error = await Assert.ThrowsAsync<JwksException>(
            () => fetcher.FetchAsync(new JwksSource($"http://localhost:{port}/jwks", ""), default));

        Assert.Contains("no address that keys may be fetched from", error.Message, StringComparison.Ordinal);
    }

    private static async Task<string> FetchAsync(JwksSource source)
    {
        using var fetcher = new JwksFetcher(new JwksOptions());
        return await fetcher.FetchAsync(source, default);
    }

    private JwksSource At(string path) => new($"http://{_server.Authority}{path}", "");
}
