using System.Text;
using System.Text.Json;
using Lateen.Proxy.Jwt;
using Xunit.Abstractions;
using YamlDotNet.RepresentationModel;

namespace Lateen.Proxy.Tests.Conformance;

/// <summary>Signatures of the suite <c>jwt</c>: what must verify does, and what must be refused is.</summary>
public sealed class JwtSuiteTests(ITestOutputHelper output)
{
    [SuiteTheory("jwt")]
    [InlineData("jws")]
    [InlineData("jwx")]
    [InlineData("jwk-keysets")]
    public void Vectors_EveryToken_IsTakenOrRefused(string file)
    {
        var tally = new SuiteTally(output, [.. Known(file)]);
        using var document = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(TestKit.Conformance.Suite("jwt"), "vectors", $"{file}.json")));
        foreach (var group in document.RootElement.GetProperty("testGroups").EnumerateArray())
        {
            var key = group.TryGetProperty("public", out var open) ? open : group.GetProperty("private");
            var json = key.TryGetProperty("keys", out _) ? key.GetRawText() : $"{{\"keys\":[{key.GetRawText()}]}}";
            var keys = JwtKeySet.TryParse(Encoding.UTF8.GetBytes(json));
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                if (!test.TryGetProperty("jws", out var token))
                {
                    tally.NotApplicable++;
                    continue;
                }
                var taken = keys is not null
                    && JwtToken.TryParse(token.GetString()!, false, out var parsed) == JwtStatus.Ok
                    && keys.Verify(parsed!) == JwtStatus.Ok;
                var id = $"{group.GetProperty("comment")}/{test.GetProperty("tcId")}/{test.GetProperty("comment")}";
                var wanted = test.GetProperty("result").GetString() == "valid";
                tally.Count(id, taken == wanted, $"taken {taken}, wanted {wanted}: {test.GetProperty("flags")}");
            }
        }
        tally.AssertAll();
    }

    /// <summary>What a token says of its end and its audiences is read without keys.</summary>
    [SuiteFact("jwt")]
    public void Claims_EveryToken_AreReadAsInIstio()
    {
        // Its header is no JSON, so that a proxy takes it for no token; Istio's tool looks at the payload alone.
        var tally = new SuiteTally(output, "aud: list of two");
        foreach (var test in TestKit.Conformance.Cases("jwt", "claims.yaml"))
        {
            var isRead = JwtToken.TryParse(test.Children["token"].ToString(), out var token) == JwtStatus.Ok;
            var holds = test.Children.ContainsKey("error") ? !isRead : isRead;
            if (isRead && test.Children.TryGetValue("exp", out var expiry))
            {
                // A token without an end has none at zero.
                holds &= $"{token!.Expiry}" == (expiry.ToString() is "null" or "" ? "0" : expiry.ToString());
            }
            if (isRead && test.Children.TryGetValue("aud", out var audiences))
            {
                holds &= token!.Audiences.SequenceEqual(
                    audiences is YamlSequenceNode list ? list.Select(audience => audience.ToString()) : []);
            }
            tally.Count(test.Children["name"].ToString(), holds, "differs");
        }
        tally.AssertAll();
    }

    /// <summary>The demo tokens verify with the key set beside them.</summary>
    [SuiteFact("jwt")]
    public void Samples_OfTheMesh_Verify()
    {
        var folder = Path.Combine(TestKit.Conformance.Suite("jwt"), "samples");
        var keys = JwtKeySet.TryParse(File.ReadAllBytes(Path.Combine(folder, "jwks.json")));

        var status = JwtToken.TryParse(File.ReadAllText(Path.Combine(folder, "demo.jwt")).Trim(), out var token);

        Assert.Equal(JwtStatus.Ok, status);
        Assert.Equal(JwtStatus.Ok, keys!.Verify(token!));
    }

    /// <summary>Vectors that Envoy decides otherwise, as this proxy does.</summary>
    private static string[] Known(string file) => file switch
    {
        // Envoy takes any key of its kind that fits, also short, doubled or beside keys of other kinds; it takes no
        // token without a payload, and none whose algorithm is not the one that the key names.
        "jwk-keysets" =>
        [
            "jws_mixedSymmetryKeyset/1/rejectsValid", "jws_duplicate_kid/4/rejectsDuplicateKid",
            "HS256/10/key_too_short", "HS512/12/key_too_short",
        ],
        "jws" =>
        [
            "rs384/264/emptyPayload", "rs512/268/emptyPayload", "ps512/325/emptyPayload", "rfc7520/346/Figure20",
            "rfc7520WithKeyOps/350/Figure20", "base64/372/InvalidCharacterInsertedInHeader",

            // The text of these is that of a valid token: the padding that they are named after is not there.
            "base64/367/invalidBase64Padding", "base64/370/invalidBase64PaddingInPayload",
        ],
        _ => ["jws_mixedSymmetryKeyset/47/rejectsValid"],
    };
}
