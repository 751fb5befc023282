using System.Diagnostics;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>
/// TLS of one connection over memory buffers: encrypted bytes are fed in and taken out by the connection, which owns
/// the socket. One thread, the worker's.
/// </summary>
public sealed unsafe partial class TlsSession : IDisposable
{
    /// <summary>Plain bytes produced by one call before the owner gets them.</summary>
    private const int ReadBytesPerCallMax = 64 * 1024;

    /// <summary>Plain bytes encrypted before the socket is tried.</summary>
    private const int WriteBytesPerCallMax = 64 * 1024;

    private readonly TlsContext _context;
    private readonly EventLoop _loop;
    private readonly BufferChain _wire;
    private nint _ssl;
    private nint _readBio;
    private nint _writeBio;
    private bool _closeNotifySent;

    internal TlsSession(TlsContext context, EventLoop loop, ReadOnlySpan<byte> sni, ReadOnlySpan<byte> alpn)
    {
        _context = context;
        _loop = loop;
        _wire = new BufferChain(loop.Buffers);
        _ssl = LibSsl.New(context.Handle);
        _readBio = LibCrypto.BioNew(LibCrypto.BioMemory());
        _writeBio = LibCrypto.BioNew(LibCrypto.BioMemory());
        LibSsl.SetBio(_ssl, _readBio, _writeBio);
        LocalCertificate = context.LocalCertificate;
        Handover = new TlsHandover();
        if (context.IsServer)
        {
            LibSsl.SetAcceptState(_ssl);
            return;
        }

        LibSsl.SetConnectState(_ssl);
        PrepareClient(sni, alpn);
    }

    /// <summary>The context it was made from.</summary>
    public TlsContext Context => _context;

    /// <summary>The peer's certificate; null when none was shown.</summary>
    public TlsCertificateInfo? PeerCertificate { get; private set; }

    /// <summary>Whether that certificate was verified against something.</summary>
    public bool IsPeerValidated { get; private set; }

    /// <summary>Why the handshake failed.</summary>
    public TlsFailureKind FailureKind { get; private set; }

    /// <summary>Text of a refusal of the peer's certificate; null when it was not refused.</summary>
    public string? VerificationFailure { get; private set; }

    /// <summary>The handshake is done.</summary>
    public bool IsEstablished { get; private set; }

    internal bool HasWireBytes => !_wire.IsEmpty || (_ssl != 0 && !_isSettled && LibCrypto.BioPending(_writeBio) > 0);

    internal BufferChain Wire => _wire;

    /// <inheritdoc/>
    public void Dispose()
    {
        ForgetBytes();
        DropKeys();
        FreeLibrary();
        _wire.Clear();
    }

    private void FreeLibrary()
    {
        if (_ssl == 0)
        {
            return;
        }

        if (IsEstablished)
        {
            // A connection that ends without farewell does not make its session a bad one.
            const int BothWays = 3;
            LibSsl.SetShutdown(_ssl, BothWays);
        }

        LibSsl.Free(_ssl);
        _ssl = 0;
        _readBio = 0;
        _writeBio = 0;
    }

    /// <summary>Bytes off the wire, in native memory that stays as it is until they are read or put away.</summary>
    internal void Feed(ReadOnlySpan<byte> bytes)
    {
        if (_ahead is not null)
        {
            _ahead.Append(bytes);
            return;
        }

        MayHoldInput = true;
        fixed (byte* p = bytes)
        {
            if (OwnsRecords)
            {
                _fed = p;
                _fedLength = bytes.Length;
                return;
            }

            var written = LibCrypto.BioWrite(_readBio, p, bytes.Length);
            Debug.Assert(written == bytes.Length, "A memory buffer takes all.");
        }
    }

    /// <summary>Moves bytes that came before TLS was begun.</summary>
    internal void TakeInput(BufferChain input)
    {
        while (!input.IsEmpty)
        {
            var first = input.First;
            Feed(first);
            input.Consume(first.Length);
        }
    }

    /// <summary>Begins or goes on with the handshake.</summary>
    internal TlsHandshakeResult Handshake()
    {
        if (_ssl == 0)
        {
            return TlsHandshakeResult.Failed;
        }

        _context.Current = this;
        CurveKeys.Keep();
        KeyScheduleProvider.Listener = Handover;
        TlsKeySchedule.Keep();
        var result = LibSsl.DoHandshake(_ssl);
        TlsKeySchedule.Forget();
        KeyScheduleProvider.Listener = null;
        _context.Current = null;
        if (result == 1)
        {
            if (HasDeferredFailure)
            {
                LibCrypto.ClearErrors();
                return TlsHandshakeResult.Failed;
            }

            IsEstablished = true;
            ReadPeer();
            PutAway();
            return TlsHandshakeResult.Done;
        }

        return LibSsl.GetError(_ssl, result) is LibSsl.ErrorWantRead or LibSsl.ErrorWantWrite
            ? TlsHandshakeResult.NeedMore
            : TlsHandshakeResult.Failed;
    }

    internal TlsReadResult ReadInto(BufferChain target)
    {
        TlsReadResult result;
        if (OwnsRecords)
        {
            result = ReadRecords(target);
        }
        else
        {
            TakeAhead();
            result = Decrypt(target);
            if (result is TlsReadResult.Ended or TlsReadResult.Failed)
            {
                DropHandover();
            }
        }

        if (result == TlsReadResult.Ended)
        {
            ForgetInput();
        }

        PutAway();
        return result;
    }

    private TlsReadResult Decrypt(BufferChain target)
    {
        var total = 0;
        while (total < ReadBytesPerCallMax)
        {
            var space = target.GetSpace(1024);
            int n;
            fixed (byte* p = space)
            {
                _context.Current = this;
                n = LibSsl.Read(_ssl, p, space.Length);
                _context.Current = null;
            }

            if (n > 0)
            {
                target.Commit(n);
                total += n;
                Handover?.HasData = true;
                if (n < space.Length && LibCrypto.BioPending(_readBio) == 0)
                {
                    // The record is used up and no byte of another one is there: asking again would only cost.
                    MayHoldInput = false;
                    return TlsReadResult.NeedMore;
                }

                continue;
            }

            target.Trim();
            return LibSsl.GetError(_ssl, n) switch
            {
                LibSsl.ErrorWantRead or LibSsl.ErrorWantWrite => TlsReadResult.NeedMore,
                LibSsl.ErrorZeroReturn => TlsReadResult.Ended,
                _ => TlsReadResult.Failed,
            };
        }

        return TlsReadResult.More;
    }

    /// <summary>Encrypts from the front of a chain. False when TLS is broken.</summary>
    internal bool WriteFrom(BufferChain source)
    {
        if (OwnsRecords)
        {
            return WriteRecords(source);
        }

        var total = 0;
        _context.Current = this;
        while (!source.IsEmpty && total < WriteBytesPerCallMax)
        {
            var first = source.First;
            int n;
            fixed (byte* p = first)
            {
                n = LibSsl.Write(_ssl, p, first.Length);
            }

            if (n <= 0)
            {
                _context.Current = null;
                DrainSettled();
                return false;
            }

            source.Consume(n);
            total += n;
        }

        _context.Current = null;
        if (_isSettled && total > 0)
        {
            MoveToWire();
        }
        return true;
    }

    /// <summary>Moves what the library has to send into <see cref="Wire"/>.</summary>
    internal void FillWire()
    {
        if (_ssl != 0 && !_isSettled)
        {
            Drain();
        }
    }

    private void Drain()
    {
        if (LibCrypto.BioPending(_writeBio) > 0)
        {
            MoveToWire();
        }
    }

    /// <summary>Takes all that the library has written, of which there is some.</summary>
    private void MoveToWire()
    {
        int n;
        int room;
        do
        {
            var space = _wire.GetSpace(1);
            room = space.Length;
            fixed (byte* p = space)
            {
                n = LibCrypto.BioRead(_writeBio, p, room);
            }

            _wire.Commit(Math.Max(n, 0));
        }
        while (n == room);

        _wire.Trim();
    }

    internal void SendCloseNotify()
    {
        if (_closeNotifySent || !IsEstablished)
        {
            return;
        }

        _closeNotifySent = true;
        if (OwnsRecords)
        {
            _ = TryWriteRecord(TlsRecordKey.Alert, [1, AlertCloseNotify]);
            return;
        }

        // Nobody counts this record: taken over, the next one would get its nonce.
        DropHandover();
        if (LibSsl.Shutdown(_ssl) < 0)
        {
            LibCrypto.ClearErrors();
        }

        DrainSettled();
    }

    internal void SetFailure(TlsFailureKind kind, string text)
    {
        FailureKind = kind;
        VerificationFailure = text;
    }

    internal void ClearFailure()
    {
        FailureKind = TlsFailureKind.None;
        VerificationFailure = null;
    }

    internal void SetPeer(TlsCertificateInfo info, bool validated)
    {
        PeerCertificate = info;
        IsPeerValidated = validated;
    }

    /// <summary>After resumption no call-back ran: the certificate is the one that the session holds.</summary>
    private void ReadPeer()
    {
        if (PeerCertificate is not null)
        {
            return;
        }

        var certificate = LibSsl.GetPeerCertificate(_ssl);
        if (certificate == 0)
        {
            return;
        }

        PeerCertificate = TlsCertificateInfo.FromNative(certificate);
        IsPeerValidated = IsResumed && LibSsl.GetVerifyResult(_ssl) == 0 && _context.Verifies;
        LibCrypto.CertificateFree(certificate);
    }

    private void PrepareClient(ReadOnlySpan<byte> sni, ReadOnlySpan<byte> alpn)
    {
        if (!sni.IsEmpty)
        {
            Span<byte> name = stackalloc byte[sni.Length + 1];
            sni.CopyTo(name);
            name[sni.Length] = 0;
            fixed (byte* p = name)
            {
                LibSsl.Control(_ssl, LibSsl.CtrlSetHostName, LibSsl.ServerNameHost, p);
            }
        }

        if (!alpn.IsEmpty)
        {
            fixed (byte* p = alpn)
            {
                LibSsl.SetAlpn(_ssl, p, (uint)alpn.Length);
            }
        }

        var session = _context.TakeSession(sni);
        if (session != 0)
        {
            LibSsl.SetSession(_ssl, session);
            LibSsl.SessionFree(session);
        }
    }
}
