using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Lateen.Net;

/// <summary>
/// One piece of native memory with a filled part between start and end. It belongs to exactly one
/// <see cref="BufferChain"/>
/// or, when free, to its <see cref="BufferPool"/>.
/// </summary>
internal sealed unsafe class BufferBlock
{
    internal readonly byte* Memory;
    internal readonly int Capacity;
    internal int Start;
    internal int End;
    internal BufferBlock? Next;

    internal BufferBlock(byte* memory, int capacity)
    {
        Memory = memory;
        Capacity = capacity;
    }

    internal int Length
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => End - Start;
    }

    internal int FreeAtEnd => Capacity - End;

    internal ReadOnlySpan<byte> Data => new(Memory + Start, End - Start);

    internal Span<byte> MutableData => new(Memory + Start, End - Start);

    internal Span<byte> Free => new(Memory + End, Capacity - End);

    [Conditional("DEBUG")]
    internal void Poison() => new Span<byte>(Memory, Capacity).Fill(0xDB);
}
