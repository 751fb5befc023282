using System.Text;
using Lateen.Proxy.Regex;

namespace Lateen.Proxy.ExtProc;

/// <summary>Which headers a service may change. Source: <c>mutation_rules.v3.HeaderMutationRules</c>.</summary>
internal sealed class HeaderMutationRules
{
    public bool AllowAllRouting { get; init; }

    public bool AllowEnvoy { get; init; }

    public bool DisallowSystem { get; init; }

    public bool DisallowAll { get; init; }

    public CompiledRegex? Allow { get; init; }

    public CompiledRegex? Disallow { get; init; }

    public bool DisallowIsError { get; init; }

    public bool CanRemove(string name)
    {
        var lower = name.ToLowerInvariant();
        return !lower.StartsWith(':') && lower != "host" && IsAllowed(lower, false);
    }

    public bool CanSet(string name, ReadOnlySpan<byte> value, bool isAppend)
    {
        var lower = name.ToLowerInvariant();
        return IsAllowed(lower, isAppend) && IsValid(lower, value);
    }

    private bool IsAllowed(string name, bool isAppend)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        if (Disallow?.IsFullMatch(bytes) == true)
        {
            return false;
        }
        if (Allow?.IsFullMatch(bytes) == true)
        {
            return true;
        }
        if (DisallowAll)
        {
            return false;
        }
        if (!AllowAllRouting && name is "host" or ":authority" or ":method" or ":scheme")
        {
            return AllowAllRouting;
        }
        if (name.StartsWith(':') && (isAppend || DisallowSystem))
        {
            return false;
        }
        return AllowEnvoy || !name.StartsWith("x-envoy", StringComparison.Ordinal);
    }

    private static bool IsValid(string name, ReadOnlySpan<byte> value)
    {
        if (value.ContainsAny((byte)0, (byte)'\r', (byte)'\n'))
        {
            return false;
        }
        return name switch
        {
            ":status" => System.Buffers.Text.Utf8Parser.TryParse(value, out int code, out var used)
                && used == value.Length && code is >= 200 and < 1000,
            ":scheme" => value.SequenceEqual("http"u8) || value.SequenceEqual("https"u8),
            _ => true,
        };
    }
}
