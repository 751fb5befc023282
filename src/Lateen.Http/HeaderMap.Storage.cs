using System.Runtime.CompilerServices;

namespace Lateen.Http;

/// <content>How names and values lie in memory, and what the codecs do with them there.</content>
public sealed partial class HeaderMap
{
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

    /// <summary>At least as many bytes as all entries take as HTTP/1 header lines.</summary>
    internal int LineBytesMax => _dataLength + (_count * (HeaderIds.NameBytesMax + "\r\n: "u8.Length));

    /// <summary>Writes the entries but for pseudo headers as HTTP/1 header lines in lower case. Returns how many
    /// bytes.</summary>
    internal int WriteLines(Span<byte> target)
    {
        var data = _data.AsSpan();
        var at = 0;
        foreach (ref readonly var entry in _entries.AsSpan(0, _count))
        {
            if (entry.Id == HeaderId.None)
            {
                data.Slice(entry.NameOffset, entry.NameLength).CopyTo(target[at..]);
                at += entry.NameLength;
                target[at++] = (byte)':';
                target[at++] = (byte)' ';
            }
            else if (HeaderIds.IsPseudo(entry.Id))
            {
                continue;
            }
            else
            {
                var name = HeaderIds.LineNameOf(entry.Id);
                name.CopyTo(target[at..]);
                at += name.Length;
            }

            data.Slice(entry.ValueOffset, entry.ValueLength).CopyTo(target[at..]);
            at += entry.ValueLength;
            target[at++] = (byte)'\r';
            target[at++] = (byte)'\n';
        }

        return at;
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
        for (var i = start; i < _count; i++)
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
        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, _count * 2);
        }

        ref var entry = ref _entries[_count++];
        entry.Id = id;
        entry.NameOffset = nameOffset;
        entry.NameLength = nameLength;
        entry.ValueOffset = valueOffset;
        entry.ValueLength = valueLength;
        _present[(int)id >> 6] |= 1UL << (int)id;
    }

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
        if (_data.Length - _dataLength >= length)
        {
            return;
        }

        var grown = new byte[Math.Max(_data.Length * 2, _dataLength + length)];
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
    }
}
