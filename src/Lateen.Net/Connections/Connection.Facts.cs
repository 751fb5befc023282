namespace Lateen.Net;

/// <content>What is seldom asked or seldom there: addresses in few bytes, and what is kept beside.</content>
public sealed unsafe partial class Connection
{
    /// <summary>Tells an IPv4 address that is all zeros from none.</summary>
    private const ulong RemoteIsV4 = 1UL << 48;

    private ConnectionExtras? _extras;
    private SharedAddress? _local;
    private SharedAddress? _remote;
    private ulong _remoteV4;

    /// <summary>This end's address: for an accepted connection the one the client connected to.</summary>
    public NetAddress LocalAddress
    {
        get => _local is null ? default : _local.Value;
        internal set => _local = new SharedAddress(value);
    }

    /// <summary>The peer's address as the socket has it.</summary>
    public NetAddress RemoteAddress
    {
        get => _remote is not null ? _remote.Value
            : _remoteV4 == 0 ? default : NetAddress.V4((uint)(_remoteV4 >> 16), (ushort)_remoteV4);
        internal set
        {
            var isV4 = value.Family == NetFamily.IPv4;
            _remoteV4 = isV4 ? RemoteIsV4 | (value.Low << 16) | value.Port : 0;
            _remote = isV4 || value.Family == NetFamily.None ? null : new SharedAddress(value);
        }
    }

    /// <summary><c>errno</c> of the failure, 0 when there was none.</summary>
    public int SocketError
    {
        get => _extras?.SocketError ?? 0;
        private set
        {
            if (value != SocketError)
            {
                Extras.SocketError = value;
            }
        }
    }

    /// <summary>What TLS had to say about a failure; null when there was none.</summary>
    public string? TransportFailure
    {
        get => _extras?.TransportFailure;
        private set => Extras.TransportFailure = value;
    }

    /// <summary>Bytes of an upstream connection that go out before all else, also before TLS; null: none. They fit into
    /// an empty send buffer.</summary>
    public byte[]? Preamble
    {
        get => _extras?.Preamble;
        set
        {
            if (value is not null || _extras is not null)
            {
                Extras.Preamble = value;
            }
        }
    }

    /// <summary>Other addresses of the same upstream, tried one after the other when the first cannot be
    /// connected to.</summary>
    public NetAddress[] MoreAddresses
    {
        get => _extras?.MoreAddresses ?? [];
        set
        {
            if (value.Length > 0 || _extras is not null)
            {
                Extras.MoreAddresses = value;
            }
        }
    }

    /// <summary>Addresses tried after the first.</summary>
    public int RepeatedAttempts => _extras?.RepeatedAttempts ?? 0;

    /// <summary>Sees what is received and sent, decrypted with TLS; null: nobody.</summary>
    public IConnectionTap? Tap
    {
        get => _extras?.Tap;
        set
        {
            if (value is not null || _extras is not null)
            {
                Extras.Tap = value;
            }
        }
    }

    /// <summary>Lets the connection fail with a reason once it is up, in place of a handshake that cannot
    /// begin.</summary>
    public void FailOnceConnected(string reason) => Extras.FailureOnceConnected = reason;

    private UserSocket? User => _extras?.User;

    private ConnectionExtras Extras => _extras ??= new ConnectionExtras();

    private long DelayedCloseMillis
    {
        get => _extras?.DelayedCloseMillis ?? 0;
        set
        {
            if (value != DelayedCloseMillis)
            {
                Extras.DelayedCloseMillis = value;
            }
        }
    }

    /// <summary>The address of this end, which its listener's connections have in common.</summary>
    internal void SetLocalAddress(SharedAddress address) => _local = address;
}
