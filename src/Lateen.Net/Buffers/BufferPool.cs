using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Lateen.Net;

/// <summary>
/// Free list of 16 KiB native blocks of one worker. Not thread safe. Blocks over <c>retainedMax</c> go back to the
/// operating system when returned.
/// </summary>
public sealed unsafe class BufferPool : IDisposable
{
    /// <summary>Size of a block in bytes.</summary>
    public const int BlockBytes = 16 * 1024;

    /// <summary>Empty chains kept for reuse.</summary>
    private const int ChainsRetainedMax = 256;

    private readonly int _retainedMax;
    private BufferChain? _freeChains;
    private int _freeChainCount;
    private BufferBlock? _free;
    private int _freeCount;

    /// <summary>Makes an empty pool that keeps at most <paramref name="retainedMax"/> free blocks.</summary>
    public BufferPool(int retainedMax = 256)
    {
        _retainedMax = retainedMax;
    }

    /// <summary>Blocks handed out and not returned.</summary>
    public int RentedCount { get; private set; }

    /// <summary>Chains handed out and not returned.</summary>
    public int RentedChainCount { get; private set; }

    /// <summary>Blocks that wait for use.</summary>
    public int FreeCount => _freeCount;

    /// <summary>An empty chain, for as long as there are bytes to put into it.</summary>
    internal BufferChain RentChain()
    {
        RentedChainCount++;
        if (_freeChains is not { } chain)
        {
            return new BufferChain(this);
        }

        _freeChains = chain.NextFree;
        chain.NextFree = null;
        _freeChainCount--;
        return chain;
    }

    /// <summary>Takes an empty chain back; nobody may hold it any longer.</summary>
    internal void Return(BufferChain chain)
    {
        RentedChainCount--;
        Debug.Assert(chain is { IsEmpty: true, HasMemory: false }, "A chain was returned with bytes in it.");
        if (_freeChainCount < ChainsRetainedMax)
        {
            chain.NextFree = _freeChains;
            _freeChains = chain;
            _freeChainCount++;
        }
    }

    internal BufferBlock Rent()
    {
        RentedCount++;
        var block = _free;
        if (block is null)
        {
            return new BufferBlock((byte*)NativeMemory.Alloc(BlockBytes), BlockBytes);
        }

        _free = block.Next;
        _freeCount--;
        block.Next = null;
        return block;
    }

    /// <summary>A block of at least <paramref name="capacity"/> bytes; a large one is freed when returned.</summary>
    internal BufferBlock RentAtLeast(int capacity)
    {
        if (capacity <= BlockBytes)
        {
            return Rent();
        }

        RentedCount++;
        return new BufferBlock((byte*)NativeMemory.Alloc((nuint)capacity), capacity);
    }

    internal void Return(BufferBlock block)
    {
        RentedCount--;
        Debug.Assert(RentedCount >= 0, "A block was returned twice.");
        block.Start = 0;
        block.End = 0;
        if (block.Capacity != BlockBytes || _freeCount >= _retainedMax)
        {
            block.Next = null;
            NativeMemory.Free(block.Memory);
            return;
        }

        block.Poison();
        block.Next = _free;
        _free = block;
        _freeCount++;
    }

    /// <summary>Frees the blocks that wait for use.</summary>
    public void Dispose()
    {
        while (_free is { } block)
        {
            _free = block.Next;
            NativeMemory.Free(block.Memory);
        }

        _freeCount = 0;
    }
}
