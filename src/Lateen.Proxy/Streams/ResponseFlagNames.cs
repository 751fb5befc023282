using System.Numerics;

namespace Lateen.Proxy.Streams;

/// <summary>Short and long names of <see cref="ResponseFlags"/>, as in access logs and metrics.</summary>
internal static class ResponseFlagNames
{
    private static readonly (string Short, string Long)[] Names =
    [
        ("LH", "FailedLocalHealthCheck"), ("UH", "NoHealthyUpstream"), ("UT", "UpstreamRequestTimeout"),
        ("LR", "LocalReset"), ("UR", "UpstreamRemoteReset"), ("UF", "UpstreamConnectionFailure"),
        ("UC", "UpstreamConnectionTermination"), ("UO", "UpstreamOverflow"), ("NR", "NoRouteFound"),
        ("DI", "DelayInjected"), ("FI", "FaultInjected"), ("RL", "RateLimited"),
        ("UAEX", "UnauthorizedExternalService"), ("RLSE", "RateLimitServiceError"),
        ("DC", "DownstreamConnectionTermination"), ("URX", "UpstreamRetryLimitExceeded"),
        ("SI", "StreamIdleTimeout"), ("IH", "InvalidEnvoyRequestHeaders"), ("DPE", "DownstreamProtocolError"),
        ("UMSDR", "UpstreamMaxStreamDurationReached"), ("RFCF", "ResponseFromCacheFilter"),
        ("NFCF", "NoFilterConfigFound"), ("DT", "DurationTimeout"), ("UPE", "UpstreamProtocolError"),
        ("NC", "NoClusterFound"), ("OM", "OverloadManagerTerminated"), ("DF", "DnsResolutionFailed"),
        ("DO", "DropOverload"), ("DR", "DownstreamRemoteReset"), ("UDO", "UnconditionalDropOverload"),
    ];

    private static readonly byte[][] ShortBytes = [.. Names.Select(name => name.Short.Select(c => (byte)c).ToArray())];
    private static readonly byte[][] LongBytes = [.. Names.Select(name => name.Long.Select(c => (byte)c).ToArray())];

    /// <summary>Room that all names together need, with commas.</summary>
    public const int TextBytesMax = 1024;

    /// <summary>Writes the names joined with commas; <c>-</c> for none.</summary>
    public static int Format(ResponseFlags flags, bool longNames, Span<byte> destination)
    {
        if (flags == ResponseFlags.None)
        {
            destination[0] = (byte)'-';
            return 1;
        }
        var at = 0;
        // A timeout or a reset ends a request after its retries: flags stand in the order in which they come about.
        var last = (flags & ResponseFlags.UpstreamRetryLimitExceeded) == 0
            ? ResponseFlags.None
            : flags & (ResponseFlags.UpstreamRequestTimeout | ResponseFlags.LocalReset
                | ResponseFlags.UpstreamRemoteReset | ResponseFlags.UpstreamConnectionTermination);
        for (var rest = (uint)(flags & ~last); rest != 0; rest &= rest - 1)
        {
            Append(BitOperations.TrailingZeroCount(rest), longNames, destination, ref at);
        }
        for (var rest = (uint)last; rest != 0; rest &= rest - 1)
        {
            Append(BitOperations.TrailingZeroCount(rest), longNames, destination, ref at);
        }
        return at;
    }

    private static void Append(int index, bool longNames, Span<byte> destination, ref int at)
    {
        if (at > 0)
        {
            destination[at++] = (byte)',';
        }
        var name = (longNames ? LongBytes : ShortBytes)[index];
        name.CopyTo(destination[at..]);
        at += name.Length;
    }

    /// <summary>The flag of a short name such as <c>UH</c>.</summary>
    public static bool TryParse(string shortName, out ResponseFlags flag)
    {
        var index = Array.FindIndex(Names, name => name.Short == shortName);
        flag = index < 0 ? ResponseFlags.None : (ResponseFlags)(1u << index);
        return index >= 0;
    }
}
