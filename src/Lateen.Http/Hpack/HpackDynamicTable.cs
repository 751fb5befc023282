using System.Diagnostics;

namespace Lateen.Http.Hpack;

/// <summary>
/// The dynamic table of one direction (RFC 7541 §2.3.2): newest entry first, the oldest ones leave when the size is
/// exceeded. Entries lie in one array behind each other, so that leaving is moving its start; storage grows with use,
/// to twice the size of the table at most.
/// </summary>
internal sealed class HpackDynamicTable
{
    /// <summary>What an entry costs besides its bytes (RFC 7541 §4.1).</summary>
    internal const int EntryOverhead = 32;

    private byte[] _data = [];
    private byte[]? _spare;
    private int _start;
    private int _end;
    private Entry[] _entries = [];
    private uint[] _hashes = [];
    private int _first;

    internal HpackDynamicTable(int sizeMax)
    {
        SizeMax = sizeMax;
    }

    internal int Count { get; private set; }

    /// <summary>As HPACK counts it, overhead included.</summary>
    internal int Size { get; private set; }

    internal int SizeMax { get; private set; }

    internal void SetSizeMax(int sizeMax)
    {
        SizeMax = sizeMax;
        Evict(sizeMax);
    }

    /// <summary>Name of the entry with this age; 0 is the newest.</summary>
    internal ReadOnlySpan<byte> NameAt(int age)
    {
        ref readonly var entry = ref _entries[SlotOf(age)];
        return _data.AsSpan(entry.Offset, entry.NameLength);
    }

    internal ReadOnlySpan<byte> ValueAt(int age)
    {
        ref readonly var entry = ref _entries[SlotOf(age)];
        return _data.AsSpan(entry.Offset + entry.NameLength, entry.ValueLength);
    }

    internal HeaderId IdAt(int age) => _entries[SlotOf(age)].Id;

    /// <summary>Adds a field; one that is larger than the table empties it (RFC 7541 §4.4). The spans may point into
    /// the table itself.</summary>
    internal void Add(HeaderId id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, uint hash = 0)
    {
        var length = name.Length + value.Length;
        if (length + EntryOverhead > SizeMax)
        {
            Evict(0);
            return;
        }

        // Room is made at the end before anything leaves at the start: the name may be that of an entry that leaves.
        var data = Reserve(length);
        name.CopyTo(data.AsSpan(_end));
        value.CopyTo(data.AsSpan(_end + name.Length));
        _data = data;
        Evict(SizeMax - length - EntryOverhead);
        AddEntry(new Entry { Offset = _end, NameLength = name.Length, ValueLength = value.Length, Id = id }, hash);
        if (Count == 1)
        {
            _start = _end;
        }

        _end += length;
        Size += length + EntryOverhead;
    }

    /// <summary>Age of the entry with this hash, name and value, or -1.</summary>
    internal int Find(uint hash, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var tail = Math.Min(Count, _hashes.Length - _first);
        var age = FindIn(_hashes.AsSpan(_first, tail), 0, hash, name, value);
        return age >= 0 || tail == Count ? age
            : FindIn(_hashes.AsSpan(0, Count - tail), tail, hash, name, value);
    }

    /// <summary>Age of some entry with this name, or -1.</summary>
    internal int FindName(HeaderId id, ReadOnlySpan<byte> name)
    {
        for (var age = 0; age < Count; age++)
        {
            ref readonly var entry = ref _entries[SlotOf(age)];
            if (entry.Id == id && entry.NameLength == name.Length && NameAt(age).SequenceEqual(name))
            {
                return age;
            }
        }

        return -1;
    }

    private int FindIn(
        ReadOnlySpan<uint> hashes, int ageOfFirst, uint hash, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var at = 0;
        while (at < hashes.Length)
        {
            var found = hashes[at..].IndexOf(hash);
            if (found < 0)
            {
                return -1;
            }

            at += found;
            var age = ageOfFirst + at;
            if (NameAt(age).SequenceEqual(name) && ValueAt(age).SequenceEqual(value))
            {
                return age;
            }

            at++;
        }

        return -1;
    }

    private int SlotOf(int age)
    {
        Debug.Assert((uint)age < (uint)Count, "age");
        var slot = _first + age;
        return slot >= _entries.Length ? slot - _entries.Length : slot;
    }

    private void Evict(int sizeMax)
    {
        while (Size > sizeMax)
        {
            ref readonly var oldest = ref _entries[SlotOf(Count - 1)];
            var length = oldest.NameLength + oldest.ValueLength;
            _start = oldest.Offset + length;
            Size -= length + EntryOverhead;
            Count--;
        }
    }

    private void AddEntry(in Entry entry, uint hash)
    {
        if (Count == _entries.Length)
        {
            GrowEntries();
        }

        _first = _first == 0 ? _entries.Length - 1 : _first - 1;
        _entries[_first] = entry;
        _hashes[_first] = hash;
        Count++;
    }

    private void GrowEntries()
    {
        var entries = new Entry[Math.Max(16, Count * 2)];
        var hashes = new uint[entries.Length];
        for (var age = 0; age < Count; age++)
        {
            entries[age] = _entries[SlotOf(age)];
            hashes[age] = _hashes[SlotOf(age)];
        }

        _entries = entries;
        _hashes = hashes;
        _first = 0;
    }

    /// <summary>An array with room behind the last entry: the present one, or a new one that holds what lives. Spans
    /// into the old one stay readable.</summary>
    private byte[] Reserve(int length)
    {
        if (_data.Length - _end >= length)
        {
            return _data;
        }

        var live = Count == 0 ? 0 : _end - _start;
        var moved = Count == 0 ? _end : _start;
        // Moving within the array would overwrite what the caller's spans may point to, so there are two in turn.
        var target = _spare is not null && _spare.Length >= live + length ? _spare
            : new byte[Math.Min(Math.Max((live + length) * 2, 512), Math.Max((SizeMax * 2) + length, live + length))];
        _spare = _data;
        _data.AsSpan(moved, live).CopyTo(target);
        for (var age = 0; age < Count; age++)
        {
            _entries[SlotOf(age)].Offset -= moved;
        }

        _start = 0;
        _end = live;
        return target;
    }

    private struct Entry
    {
        internal int Offset;
        internal int NameLength;
        internal int ValueLength;
        internal HeaderId Id;
    }
}
