using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Redis;

/// <summary>The network filter <c>redis_proxy</c>.</summary>
internal sealed class RedisProxyConfig : NetworkFilterConfig
{
    public override bool IsTerminal => true;

    public required RedisStats Stats { get; init; }

    /// <summary>Latencies of commands are in microseconds; else in milliseconds.</summary>
    public bool LatencyInMicros { get; init; }

    public required RedisRouteTable Routes { get; init; }

    public required RedisFaults Faults { get; init; }

    /// <summary>Passwords of which a client must give one; none: it need not.</summary>
    public byte[][] Passwords { get; init; } = [];

    /// <summary>Empty: the default user.</summary>
    public byte[] Username { get; init; } = [];

    /// <summary>Whether clients must say who they are.</summary>
    public bool RequiresAuth => Passwords.Length > 0 || Username.Length > 0;

    internal bool IsPassword(ReadOnlySpan<byte> password)
    {
        foreach (var known in Passwords)
        {
            if (System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(password, known))
            {
                return true;
            }
        }

        return false;
    }
}
