using System.Text;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Jwt;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>Small texts of configuration and requests: addresses that are read back as written, formats, tokens and
/// key sets that are read or refused.</summary>
internal sealed class TextTarget : IFuzzTarget
{
    public string Name => "text";

    public long CasesByDefault => 20_000;

    public void Run(FuzzInput input)
    {
        Address(input.Mutate(input.Pick("10.0.0.1", "::1", "2001:db8::1", "::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3")));
        _ = CidrRange.TryParse(input.Mutate(input.Pick("10.0.0.0/8", "::/0", "1.2.3.4/33", "a/b")), out _);
        _ = FormatString.TryParse(
            input.Mutate(input.Pick("%REQ(A?B):5% %PROTOCOL%", "%START_TIME(%Y-%m-%dT%H:%M:%3fZ)%",
            "%DYNAMIC_METADATA(a:b):9% %%", "%UPSTREAM_HOST", "%TRAILER(x):0%")), out _, out _);
        var token = $"{Base64("""{"alg":"RS256","kid":"a"}""")}.{Base64("""{"iss":"a","aud":["b"],"exp":5}""")}.c2ln";
        _ = JwtToken.TryParse(input.Mutate(token), out _);
        var inner = input.Mutate("""{"iss":"a","aud":["b"],"exp":5.5,"nbf":"x","sub":{}}""");
        _ = JwtToken.TryParse($"{Base64("""{"alg":"ES256"}""")}.{Base64(inner)}.c2ln", out _);
        _ = JwtKeySet.TryParse(Encoding.Latin1.GetBytes(input.Mutate(
            """{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}""")));
    }

    private static void Address(string text)
    {
        if (!IpAddress.TryParse(text.AsSpan(), out var address))
        {
            return;
        }

        Span<byte> written = stackalloc byte[IpAddress.TextBytesMax];
        var length = address.Format(written);
        Assert.True(IpAddress.TryParse(written[..length], out var again), Encoding.ASCII.GetString(written[..length]));
        Assert.Equal(address, again);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.Latin1.GetBytes(text))
        .TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
