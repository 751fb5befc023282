using System.Text.Json;

namespace Lateen.Proxy.Jwt;

/// <summary>The keys of an issuer.</summary>
internal sealed class JwtKeySet(JwtKey[] keys)
{
    /// <summary>Reads a set; null when the text is none, or not one key of it can be read.</summary>
    public static JwtKeySet? TryParse(ReadOnlyMemory<byte> json)
    {
        using var document = CheckedJson.TryParse(WithoutControls(json));
        if (document is null || document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("keys", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            return null;
        }
        var read = list.EnumerateArray().Where(key => key.ValueKind == JsonValueKind.Object)
            .Select(JwtKey.TryRead).OfType<JwtKey>().ToArray();
        return read.Length == 0 ? null : new JwtKeySet([.. read.Where(key => key.MaySign)]);
    }

    /// <summary>Envoy takes line breaks within texts, as where YAML folds a long number.</summary>
    private static ReadOnlyMemory<byte> WithoutControls(ReadOnlyMemory<byte> json)
    {
        if (json.Span.IndexOfAnyInRange((byte)0, (byte)31) < 0)
        {
            return json;
        }
        var plain = json.ToArray();
        foreach (ref var b in plain.AsSpan())
        {
            b = b is (byte)'\t' or (byte)'\n' or (byte)'\r' ? (byte)' ' : b;
        }
        return plain;
    }

    /// <summary>Tries every key whose id and algorithm do not speak against it.</summary>
    public JwtStatus Verify(JwtToken token)
    {
        var matched = false;
        foreach (var key in keys)
        {
            if ((token.KeyId.Length > 0 && key.Id.Length > 0 && key.Id != token.KeyId)
                || (key.Algorithm.Length > 0 && key.Algorithm != token.Algorithm))
            {
                continue;
            }
            matched = true;
            if (key.Verify(token))
            {
                return JwtStatus.Ok;
            }
        }
        return matched ? JwtStatus.VerificationFailed : JwtStatus.NoKey;
    }
}
