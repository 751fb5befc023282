using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>
/// The two memory buffers by which libssl gets and gives encrypted bytes, one pair for all established sessions of a
/// loop: buffers of their own would keep the size of their handshakes. They are empty whenever no session is at work,
/// so sessions cannot see each other's bytes; each moves what it leaves to a chain of its own.
/// </summary>
internal sealed class TlsBuffers : IDisposable
{
    internal TlsBuffers()
    {
        Read = LibCrypto.BioNew(LibCrypto.BioMemory());
        Write = LibCrypto.BioNew(LibCrypto.BioMemory());
    }

    /// <summary>What has come from the peer.</summary>
    internal nint Read { get; }

    /// <summary>What goes to the peer.</summary>
    internal nint Write { get; }

    /// <summary>Sessions that use them keep them alive.</summary>
    public void Dispose()
    {
        LibCrypto.BioFree(Read);
        LibCrypto.BioFree(Write);
    }
}
