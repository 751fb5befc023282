namespace Lateen.Net;

/// <summary>
/// What libssl tells while it makes a handshake: the traffic secrets of TLS 1.3, and how many records each has
/// protected. Its call-backs run on the worker's thread.
/// </summary>
internal sealed class TlsHandover
{
    private const int SecretBytesMax = 48;
    private const int RecordHeader = 256;
    private const int InnerType = 257;
    private const int HandshakeMessage = 22;
    private const byte Finished = 20;
    private const byte KeyUpdate = 24;

    private readonly byte[] _client = new byte[SecretBytesMax];
    private readonly byte[] _server = new byte[SecretBytesMax];
    private int _clientBytes;
    private int _serverBytes;
    private bool _isWhole;

    /// <summary>Of both secrets; zero: they are not known, or not alike.</summary>
    internal int SecretBytes => _clientBytes == _serverBytes ? _clientBytes : 0;

    /// <summary>Records that were read with the peer's secret.</summary>
    internal ulong RecordsRead { get; private set; }

    /// <summary>Records that were written with the own secret.</summary>
    internal ulong RecordsWritten { get; private set; }

    /// <summary>The secrets are out of date.</summary>
    internal bool KeyChanged { get; private set; }

    /// <summary>Data have been read.</summary>
    internal bool HasData { get; set; }

    /// <summary>What was read last ended with a record of data or the handshake, so that libssl holds no header and no
    /// part of a message, which it does not tell. A client waits for the server's tickets too, which come before its
    /// data.</summary>
    internal bool IsReady(bool isServer) => _isWhole && (isServer || HasData);

    internal ReadOnlySpan<byte> Secret(bool ofServer) => (ofServer ? _server : _client).AsSpan(0, SecretBytes);

    /// <summary>The first traffic secret of one side.</summary>
    internal void TakeSecret(bool ofServer, ReadOnlySpan<byte> secret)
    {
        if (secret.TryCopyTo(ofServer ? _server : _client))
        {
            (ofServer ? ref _serverBytes : ref _clientBytes) = secret.Length;
        }
    }

    /// <summary>libssl has sent or got a message, or the header of a record. With <c>Finished</c> each side goes over
    /// to its traffic secret.</summary>
    internal void OnMessage(bool written, int type, ReadOnlySpan<byte> bytes)
    {
        if (type == RecordHeader)
        {
            Count(written, 1);
            _isWhole &= written;
        }
        else if (type == InnerType && !written)
        {
            _isWhole = bytes is [TlsRecordKey.Data];
        }
        else if (type == HandshakeMessage && bytes is [Finished, ..])
        {
            Count(written, 0);
            _isWhole |= !written;
        }
        else if (type == HandshakeMessage && bytes is [KeyUpdate, ..])
        {
            KeyChanged = true;
        }
    }

    internal void Clear()
    {
        Array.Clear(_client);
        Array.Clear(_server);
    }

    private void Count(bool written, ulong add)
    {
        if (written)
        {
            RecordsWritten = add == 0 ? 0 : RecordsWritten + add;
        }
        else
        {
            RecordsRead = add == 0 ? 0 : RecordsRead + add;
        }
    }
}
