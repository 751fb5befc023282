namespace Lateen.Net.Native;

/// <summary><c>struct msghdr</c> of 64-bit Linux.</summary>
internal unsafe struct MessageHeader
{
    internal void* Name;
    internal nint NameLength;
    internal IoVector* Vectors;
    internal nint VectorCount;
    internal void* Control;
    internal nint ControlLength;
    internal nint Flags;
}
