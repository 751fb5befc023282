using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lateen.Http;

/// <content>How names and values lie in memory, and what the codecs do with them there.</content>
public sealed partial class HeaderMap
{
    /// <summary>Copied at once; this many bytes are free behind the data.</summary>
    internal const int CopyBytes = 16;

    /// <summary>Names that <see cref="TryAddLine"/> takes are shorter.</summary>
    internal const int PlainNameBytesMax = 32;

    /// <summary>Longer pieces are worth a call.</summary>
    private const int CopyCallBytes = 256;

    /// <summary>
    /// Room for a name of up to <paramref name="length"/> bytes that the codec writes lower-case itself; committed by
    /// <see cref="AddReserved"/>.
    /// </summary>
    internal Span<byte> ReserveName(int length)
    {
        Reserve(length);
        return _data.AsSpan(_dataLength, length);
    }

    /// <summary>The id of the name that was written into the span of <see cref="ReserveName"/>.</summary>
    internal HeaderId FindReserved(int nameLength) => HeaderIds.Find(_data.AsSpan(_dataLength, nameLength));

    /// <summary>Adds an entry whose name, which has no id, was written into the span of
    /// <see cref="ReserveName"/>.</summary>
    internal void AddReserved(int nameLength, ReadOnlySpan<byte> value)
    {
        var nameOffset = _dataLength;
        _dataLength += nameLength;
        AddEntry(HeaderId.None, nameOffset, nameLength, Store(value), value.Length);
    }

    /// <summary>
    /// Adds an entry that stands in the data as it is written: name, colon, space, value, CRLF. False for one that may
    /// have to be joined to an earlier one or is held under another name: it is not added, and its name stands in the
    /// reserved space.
    /// </summary>
    /// <param name="lowerName">The name in lower case, and anything behind it.</param>
    /// <param name="nameLength">Below <see cref="PlainNameBytesMax"/>.</param>
    /// <param name="value">Without control characters.</param>
    /// <param name="canReadBeyond">There are <see cref="CopyBytes"/> readable bytes behind the value.</param>
    internal bool TryAddLine(
        Vector256<byte> lowerName, int nameLength, ReadOnlySpan<byte> value, bool canReadBeyond)
    {
        Reserve(PlainNameBytesMax + ": \r\n"u8.Length + value.Length);
        var nameOffset = _dataLength;
        ref var name = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_data), nameOffset);
        lowerName.StoreUnsafe(ref name);
        var id = HeaderIds.Find(MemoryMarshal.CreateReadOnlySpan(ref name, nameLength));
        if (id != HeaderId.None && (id == HeaderId.Host || Contains(id)))
        {
            return false;
        }

        ref var to = ref Unsafe.Add(ref name, nameLength);
        Unsafe.WriteUnaligned(ref to, MemoryMarshal.Read<ushort>(": "u8));
        to = ref Unsafe.Add(ref to, 2);
        if (canReadBeyond)
        {
            to = ref Copy(ref to, ref MemoryMarshal.GetReference(value), value.Length);
        }
        else
        {
            value.CopyTo(MemoryMarshal.CreateSpan(ref to, value.Length));
            to = ref Unsafe.Add(ref to, value.Length);
        }

        Unsafe.WriteUnaligned(ref to, MemoryMarshal.Read<ushort>("\r\n"u8));
        ref var entry = ref NewEntry(id);
        entry.NameOffset = nameOffset;
        entry.NameLength = nameLength;
        entry.ValueOffset = nameOffset + nameLength + 2;
        entry.ValueLength = value.Length;
        entry.IsLine = true;
        _dataLength = entry.LineEnd;
        return true;
    }

    /// <summary>At least as many bytes as <see cref="WriteLines"/> needs: those of all entries as HTTP/1 header lines,
    /// and what a copy writes beyond the last one.</summary>
    internal int LineBytesMax => _dataLength + (_count * (HeaderIds.NameBytesMax + "\r\n: "u8.Length)) + CopyBytes;

    /// <summary>Writes the entries but for pseudo headers as HTTP/1 header lines in lower case. Returns how many
    /// bytes.</summary>
    /// <param name="target">At least <see cref="LineBytesMax"/> long.</param>
    internal int WriteLines(Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, LineBytesMax);
        ref var data = ref MemoryMarshal.GetArrayDataReference(_data);
        ref var names = ref MemoryMarshal.GetReference(HeaderIds.LineNames);
        ref var nameLengths = ref MemoryMarshal.GetReference(HeaderIds.LineNameLengths);
        ref var start = ref MemoryMarshal.GetReference(target);
        ref var to = ref start;
        var entries = _entries.AsSpan(0, _count);
        for (var i = 0; i < entries.Length; i++)
        {
            ref readonly var entry = ref entries[i];
            if (entry.IsLine)
            {
                // Those that lie one behind the other at once.
                var end = entry.LineEnd;
                for (; i + 1 < entries.Length && entries[i + 1].IsLine && entries[i + 1].NameOffset == end; i++)
                {
                    end = entries[i + 1].LineEnd;
                }

                to = ref Copy(ref to, ref Unsafe.Add(ref data, entry.NameOffset), end - entry.NameOffset);
                continue;
            }

            if (entry.Id == HeaderId.None)
            {
                to = ref Copy(ref to, ref Unsafe.Add(ref data, entry.NameOffset), entry.NameLength);
                Unsafe.WriteUnaligned(ref to, MemoryMarshal.Read<ushort>(": "u8));
                to = ref Unsafe.Add(ref to, 2);
            }
            else if (HeaderIds.IsPseudo(entry.Id))
            {
                continue;
            }
            else
            {
                ref var name = ref Unsafe.Add(ref names, (int)entry.Id * HeaderIds.LineNameStride);
                to = ref Copy(ref to, ref name, Unsafe.Add(ref nameLengths, (int)entry.Id));
            }

            to = ref Copy(ref to, ref Unsafe.Add(ref data, entry.ValueOffset), entry.ValueLength);
            Unsafe.WriteUnaligned(ref to, MemoryMarshal.Read<ushort>("\r\n"u8));
            to = ref Unsafe.Add(ref to, 2);
        }

        return (int)Unsafe.ByteOffset(ref start, ref to);
    }

    /// <summary>Copies in steps of <see cref="CopyBytes"/>, beyond the length up to the end of the last step; both
    /// sides have room for that. Returns what is behind the copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref byte Copy(ref byte to, ref byte from, int length)
    {
        if (length > CopyCallBytes)
        {
            Unsafe.CopyBlockUnaligned(ref to, ref from, (uint)length);
            return ref Unsafe.Add(ref to, length);
        }

        nuint at = 0;
        do
        {
            Vector128.LoadUnsafe(ref from, at).StoreUnsafe(ref to, at);
            at += CopyBytes;
        }
        while (at < (nuint)length);

        return ref Unsafe.Add(ref to, length);
    }

    private int IndexOfLower(ReadOnlySpan<byte> lowerName, int start)
    {
        for (var i = start; i < _count; i++)
        {
            ref readonly var entry = ref _entries[i];
            if (entry.Id == HeaderId.None && entry.NameLength == lowerName.Length
                && _data.AsSpan(entry.NameOffset, entry.NameLength).SequenceEqual(lowerName))
            {
                return i;
            }
        }

        return -1;
    }

    private int RemoveFrom(HeaderId id, int start)
    {
        var kept = start;
        while (kept < _count && _entries[kept].Id != id)
        {
            kept++;
        }

        if (kept == _count)
        {
            return 0;
        }

        for (var i = kept + 1; i < _count; i++)
        {
            if (_entries[i].Id != id)
            {
                _entries[kept++] = _entries[i];
            }
        }

        var removed = _count - kept;
        _count = kept;
        UpdatePresence(id);
        return removed;
    }

    private int RemoveLower(ReadOnlySpan<byte> lowerName, int start)
    {
        var removed = 0;
        for (var i = IndexOfLower(lowerName, start); i >= 0; i = IndexOfLower(lowerName, i))
        {
            RemoveAt(i);
            removed++;
        }

        return removed;
    }

    private void AddEntry(HeaderId id, int nameOffset, int nameLength, int valueOffset, int valueLength)
    {
        ref var entry = ref NewEntry(id);
        entry.NameOffset = nameOffset;
        entry.NameLength = nameLength;
        entry.ValueOffset = valueOffset;
        entry.ValueLength = valueLength;
        entry.IsLine = false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Entry NewEntry(HeaderId id)
    {
        if (_count == _entries.Length)
        {
            GrowEntries();
        }

        _present[(int)id >> 6] |= 1UL << (int)id;
        ref var entry = ref _entries[_count++];
        entry.Id = id;
        return ref entry;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GrowEntries() => Array.Resize(ref _entries, _count * 2);

    private void UpdatePresence(HeaderId id)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_entries[i].Id == id)
            {
                return;
            }
        }

        _present[(int)id >> 6] &= ~(1UL << (int)id);
    }

    private int Store(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        var offset = _dataLength;
        bytes.CopyTo(_data.AsSpan(offset));
        _dataLength += bytes.Length;
        return offset;
    }

    /// <summary>Makes room. The old array is left as it is, so spans into it stay readable.</summary>
    private void Reserve(int length)
    {
        if (_data.Length - _dataLength - CopyBytes >= length)
        {
            return;
        }

        Grow(length);
    }

    private void Grow(int length)
    {
        var grown = new byte[Math.Max(_data.Length * 2, _dataLength + length + CopyBytes)];
        _data.AsSpan(0, _dataLength).CopyTo(grown);
        _data = grown;
    }

    /// <summary>One bit per id: the word is found by an index, not by a branch.</summary>
    [InlineArray(2)]
    private struct PresenceBits
    {
        private ulong _word;
    }

    private struct Entry
    {
        internal int NameOffset;
        internal int NameLength;
        internal int ValueOffset;
        internal int ValueLength;
        internal HeaderId Id;

        /// <summary>Name and value stand in the data as a line with its CRLF.</summary>
        internal bool IsLine;

        /// <summary>Behind the CRLF of a line.</summary>
        internal readonly int LineEnd => ValueOffset + ValueLength + 2;
    }
}
