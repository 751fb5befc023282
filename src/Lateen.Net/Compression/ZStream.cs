using System.Runtime.InteropServices;

namespace Lateen.Net.Compression;

/// <summary>zlib's stream as the runtime's native library lays it out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ZStream
{
    public byte* NextIn;
    public byte* NextOut;
    public nint Message;
    public nint State;
    public uint AvailableIn;
    public uint AvailableOut;
}
