using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>
/// Once established a session gives its buffers up for those of its loop (<see cref="TlsBuffers"/>). From then on each
/// call leaves both empty: what libssl has to send goes to the wire, and what it has not read waits in a chain.
/// </content>
public sealed unsafe partial class TlsSession
{
    private bool _isSettled;
    private BufferChain? _ahead;

    /// <summary>The buffer that libssl reads from may have bytes in it, which <see cref="PutAway"/> has not seen
    /// yet.</summary>
    internal bool MayHoldInput { get; private set; }

    /// <summary>The end of every call that may have read.</summary>
    internal void PutAway()
    {
        if (OwnsRecords)
        {
            PutRecordsAway();
            return;
        }

        if (_ssl == 0)
        {
            return;
        }

        if (_isSettled)
        {
            MoveAhead();
        }
        else
        {
            TrySettle();
        }

        if (_isSettled)
        {
            TryTakeOver();
        }
    }

    /// <summary>What libssl has not read leaves the buffer that others share.</summary>
    private void MoveAhead()
    {
        Drain();
        var left = MayHoldInput ? (int)LibCrypto.BioPending(_readBio) : 0;
        MayHoldInput = false;
        if (left == 0)
        {
            return;
        }

        _ahead ??= _loop.Buffers.RentChain();
        while (left > 0)
        {
            var space = _ahead.GetSpace(1);
            int n;
            fixed (byte* p = space)
            {
                n = LibCrypto.BioRead(_readBio, p, Math.Min(space.Length, left));
            }

            _ahead.Commit(n);
            left -= n;
        }
    }

    /// <summary>Gives libssl what waited.</summary>
    private void TakeAhead()
    {
        if (_ahead is not { } ahead)
        {
            return;
        }

        _ahead = null;
        TakeInput(ahead);
        _loop.Buffers.Return(ahead);
    }

    private void TrySettle()
    {
        if (!IsEstablished || LibCrypto.BioPending(_readBio) > 0)
        {
            return;
        }

        Drain();
        var shared = _loop.TlsBuffers;
        _ = LibCrypto.BioUpRef(shared.Read);
        _ = LibCrypto.BioUpRef(shared.Write);
        LibSsl.SetReadBio(_ssl, shared.Read);
        LibSsl.SetWriteBio(_ssl, shared.Write);
        _readBio = shared.Read;
        _writeBio = shared.Write;
        _isSettled = true;
    }

    private void DrainSettled()
    {
        if (_isSettled)
        {
            Drain();
        }
    }

    /// <summary>The end: others must not find bytes of this session.</summary>
    private void ForgetBytes()
    {
        if (_isSettled && _ssl != 0)
        {
            LibCrypto.BioControl(_writeBio, LibCrypto.BioControlReset, 0, 0);
        }

        ForgetInput();
    }

    /// <summary>What has come and is not read. Behind the peer's farewell that is of no meaning (RFC 8446 section 6.1),
    /// and could be without end.</summary>
    private void ForgetInput()
    {
        _fedLength = 0;
        if (_ssl != 0)
        {
            LibCrypto.BioControl(_readBio, LibCrypto.BioControlReset, 0, 0);
        }

        if (_ahead is { } ahead)
        {
            _ahead = null;
            ahead.Clear();
            _loop.Buffers.Return(ahead);
        }
    }
}
