using System.Diagnostics;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>
/// A queue of bytes in pooled blocks: appended at the end, read and consumed at the front. An empty chain holds no
/// memory. Bytes move between chains of one pool by handing over whole blocks where that is cheaper than copying.
/// </summary>
public sealed unsafe class BufferChain
{
    /// <summary>Pieces up to this size are copied into free space rather than handed over as a block.</summary>
    private const int CopyBytesMax = 4096;

    private readonly BufferPool _pool;
    private BufferBlock? _head;
    private BufferBlock? _tail;

    /// <summary>Makes an empty chain.</summary>
    public BufferChain(BufferPool pool)
    {
        _pool = pool;
    }

    /// <summary>Bytes in the chain.</summary>
    public int Length { get; private set; }

    /// <summary>Whether there are no bytes.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>The first bytes that lie together; empty when the chain is.</summary>
    public ReadOnlySpan<byte> First => _head is null ? default : _head.Data;

    internal BufferBlock? HeadBlock => _head;

    /// <summary>The next one of those that wait in the pool.</summary>
    internal BufferChain? NextFree { get; set; }

    /// <summary>Whether it holds blocks, if only empty ones.</summary>
    internal bool HasMemory => _head is not null;

    /// <summary>Appends a copy of the bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var space = GetSpace(1);
            var n = Math.Min(space.Length, bytes.Length);
            bytes[..n].CopyTo(space);
            Commit(n);
            bytes = bytes[n..];
        }
    }

    /// <summary>Free space at the end of at least <paramref name="minimum"/> bytes; fill it and call
    /// <see cref="Commit"/>.</summary>
    public Span<byte> GetSpace(int minimum)
    {
        if (_tail is null || _tail.FreeAtEnd < minimum)
        {
            Link(_pool.RentAtLeast(minimum));
        }

        return _tail!.Free;
    }

    /// <summary>Counts bytes written into the span of <see cref="GetSpace"/>.</summary>
    public void Commit(int length)
    {
        Debug.Assert(_tail is not null && length <= _tail.FreeAtEnd, "length");
        _tail.End += length;
        Length += length;
    }

    /// <summary>Drops bytes from the front.</summary>
    public void Consume(int length)
    {
        Debug.Assert(length <= Length, "length");
        Length -= length;
        while (_head is { } head)
        {
            if (length < head.Length)
            {
                head.Start += length;
                return;
            }

            length -= head.Length;
            Unlink();
            if (length == 0)
            {
                return;
            }
        }
    }

    /// <summary>
    /// Makes the first bytes of the chain lie together, up to <paramref name="lengthMax"/> of them, and returns them.
    /// Needed only when an element crosses two blocks.
    /// </summary>
    public ReadOnlySpan<byte> Coalesce(int lengthMax)
    {
        var length = Math.Min(lengthMax, Length);
        if (_head is null || _head.Length >= length)
        {
            return First;
        }

        var joined = _pool.RentAtLeast(length);
        while (joined.Length < length)
        {
            var head = _head!;
            var n = Math.Min(head.Length, Math.Min(length - joined.Length, joined.FreeAtEnd));
            head.Data[..n].CopyTo(joined.Free);
            joined.End += n;
            head.Start += n;
            if (head.Length == 0)
            {
                Unlink();
            }
        }

        joined.Next = _head;
        _head = joined;
        _tail ??= joined;
        return joined.Data;
    }

    /// <summary>Moves the first <paramref name="length"/> bytes to the end of <paramref name="target"/>.</summary>
    public void MoveTo(BufferChain target, int length)
    {
        ArgumentNullException.ThrowIfNull(target);
        Debug.Assert(length <= Length, "length");
        Debug.Assert(ReferenceEquals(target._pool, _pool), "Blocks stay with their pool.");
        while (length > 0)
        {
            var head = _head!;
            if (length >= head.Length && head.Length > CopyBytesMax)
            {
                length -= head.Length;
                Length -= head.Length;
                TakeHead();
                target.Link(head);
                target.Length += head.Length;
                continue;
            }

            var n = Math.Min(length, head.Length);
            target.Append(head.Data[..n]);
            Consume(n);
            length -= n;
        }
    }

    /// <summary>Appends a copy of all bytes to <paramref name="target"/> and keeps them.</summary>
    public void AppendTo(BufferChain target)
    {
        ArgumentNullException.ThrowIfNull(target);
        for (var block = _head; block is not null; block = block.Next)
        {
            target.Append(block.Data);
        }
    }

    /// <summary>Appends a copy of the first <paramref name="length"/> bytes to <paramref name="target"/> and keeps
    /// them.</summary>
    public void AppendTo(BufferChain target, int length)
    {
        ArgumentNullException.ThrowIfNull(target);
        for (var block = _head; block is not null && length > 0; block = block.Next)
        {
            var n = Math.Min(length, block.Length);
            target.Append(block.Data[..n]);
            length -= n;
        }
    }

    /// <summary>Copies the first bytes without consuming them. Returns how many.</summary>
    public int CopyTo(Span<byte> target)
    {
        var copied = 0;
        for (var block = _head; block is not null && copied < target.Length; block = block.Next)
        {
            var n = Math.Min(block.Length, target.Length - copied);
            block.Data[..n].CopyTo(target[copied..]);
            copied += n;
        }

        return copied;
    }

    /// <summary>Drops everything and returns the memory.</summary>
    public void Clear()
    {
        while (_head is not null)
        {
            Unlink();
        }

        Length = 0;
    }

    /// <summary>Returns a last block that holds no bytes, such as one left by a read that gave nothing.</summary>
    internal void Trim()
    {
        if (_tail is null || _tail.Length > 0)
        {
            return;
        }

        var tail = _tail;
        if (ReferenceEquals(_head, tail))
        {
            Unlink();
            return;
        }

        var before = _head!;
        while (!ReferenceEquals(before.Next, tail))
        {
            before = before.Next!;
        }

        before.Next = null;
        _tail = before;
        _pool.Return(tail);
    }

    /// <summary>Fills in the pieces from the front. Returns how many.</summary>
    internal int GetVectors(IoVector* vectors, int countMax)
    {
        var count = 0;
        for (var block = _head; block is not null && count < countMax; block = block.Next)
        {
            if (block.Length == 0)
            {
                continue;
            }

            vectors[count].Base = block.Memory + block.Start;
            vectors[count].Length = block.Length;
            count++;
        }

        return count;
    }

    internal void Link(BufferBlock block)
    {
        block.Next = null;
        if (_tail is null)
        {
            _head = block;
        }
        else
        {
            Trim();
            if (_tail is null)
            {
                _head = block;
            }
            else
            {
                _tail.Next = block;
            }
        }

        _tail = block;
    }

    internal void AddLength(int length) => Length += length;

    private void TakeHead()
    {
        var head = _head!;
        _head = head.Next;
        if (_head is null)
        {
            _tail = null;
        }

        head.Next = null;
    }

    private void Unlink()
    {
        var head = _head!;
        TakeHead();
        _pool.Return(head);
    }
}
