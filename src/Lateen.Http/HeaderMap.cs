using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Lateen.Http;

/// <summary>
/// The headers of one message, in order of arrival, as bytes. Names are lower-case; pseudo headers are entries like
/// others and
/// <c>host</c> is held as <c>:authority</c>. The map owns its bytes and is reused from message to message with
/// <see cref="Clear"/>: when warm nothing is allocated. A span read from the map stays readable until the next
/// <see cref="Clear"/> (also across changes). One thread, the owning worker's.
/// </summary>
public sealed partial class HeaderMap
{
    private const int RetainedBytesMax = 16 * 1024;

    private byte[] _data;
    private int _dataLength;
    private Entry[] _entries;
    private int _count;
    private PresenceBits _present;

    /// <summary>Makes an empty map with room for a usual request (1 KiB, 32 entries).</summary>
    public HeaderMap()
    {
        _data = new byte[1024];
        _entries = new Entry[32];
    }

    /// <summary>Number of entries; indices run from 0 to this, exclusive.</summary>
    public int Count => _count;

    /// <summary>Sum of the lengths of names and values, in bytes.</summary>
    public int ByteSize
    {
        get
        {
            var sum = 0;
            for (var i = 0; i < _count; i++)
            {
                sum += GetName(i).Length + _entries[i].ValueLength;
            }

            return sum;
        }
    }

    /// <summary>Removes all entries and keeps the storage (up to 16 KiB of it).</summary>
    public void Clear()
    {
        _writtenNames?.Clear();
        if (_dataLength == 0 && _count == 0)
        {
            return;
        }

        _count = 0;
        _dataLength = 0;
        _checkedLength = 0;
        _present = default;
        if (_data.Length > RetainedBytesMax)
        {
            _data = new byte[1024];
        }
    }

    /// <summary>The interned id of entry <paramref name="index"/>.</summary>
    public HeaderId GetId(int index) => _entries[index].Id;

    /// <summary>The lower-case name of entry <paramref name="index"/>.</summary>
    public ReadOnlySpan<byte> GetName(int index)
    {
        Debug.Assert((uint)index < (uint)_count, "index");
        ref readonly var entry = ref _entries[index];
        return entry.Id != HeaderId.None ? HeaderIds.NameOf(entry.Id)
            : _data.AsSpan(entry.NameOffset, entry.NameLength);
    }

    /// <summary>The value of entry <paramref name="index"/>.</summary>
    public ReadOnlySpan<byte> GetValue(int index)
    {
        Debug.Assert((uint)index < (uint)_count, "index");
        ref readonly var entry = ref _entries[index];
        return _data.AsSpan(entry.ValueOffset, entry.ValueLength);
    }

    /// <summary>Whether there is an entry with this id.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(HeaderId id)
    {
        return ((_present[(int)id >> 6] >> (int)id) & 1) != 0;
    }

    /// <summary>Whether there is an entry with one of these ids.</summary>
    public bool ContainsAny(HeaderIdSet ids) => ((ids.Low & _present[0]) | (ids.High & _present[1])) != 0;

    /// <summary>Whether there is an entry with this name.</summary>
    public bool Contains(HeaderName name) => IndexOf(name) >= 0;

    /// <summary>The first value of this id; empty when absent (use
    /// <see cref="TryGet(HeaderId, out ReadOnlySpan{byte})"/> to tell apart).</summary>
    public ReadOnlySpan<byte> Get(HeaderId id)
    {
        var index = IndexOf(id);
        return index < 0 ? default : GetValue(index);
    }

    /// <summary>The first value of this id.</summary>
    public bool TryGet(HeaderId id, out ReadOnlySpan<byte> value)
    {
        var index = IndexOf(id);
        value = index < 0 ? default : GetValue(index);
        return index >= 0;
    }

    /// <summary>The first value of this name.</summary>
    public bool TryGet(HeaderName name, out ReadOnlySpan<byte> value)
    {
        var index = IndexOf(name);
        value = index < 0 ? default : GetValue(index);
        return index >= 0;
    }

    /// <summary>Index of the first entry with this id at or after <paramref name="start"/>, or -1.</summary>
    public int IndexOf(HeaderId id, int start = 0)
    {
        Debug.Assert(id != HeaderId.None, "An id that stands for many names cannot be looked up.");
        if (!Contains(id))
        {
            return -1;
        }

        for (var i = start; i < _count; i++)
        {
            if (_entries[i].Id == id)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Index of the first entry with this name at or after <paramref name="start"/>, or -1.</summary>
    public int IndexOf(HeaderName name, int start = 0) =>
        name.Id != HeaderId.None ? IndexOf(name.Id, start) : IndexOfLower(name.Bytes, start);

    /// <summary>Index of the first entry with this lower-case name at or after <paramref name="start"/>, or
    /// -1.</summary>
    public int IndexOf(ReadOnlySpan<byte> lowerName, int start = 0)
    {
        var id = HeaderIds.Find(lowerName);
        return id != HeaderId.None ? IndexOf(id, start) : IndexOfLower(lowerName, start);
    }

    /// <summary>Adds an entry at the end, whether or not the name is there already.</summary>
    public void Add(HeaderId id, ReadOnlySpan<byte> value)
    {
        Debug.Assert(id != HeaderId.None, "id");
        AddEntry(id, 0, 0, Store(value), value.Length);
    }

    /// <summary>Adds an entry at the end, whether or not the name is there already.</summary>
    public void Add(HeaderName name, ReadOnlySpan<byte> value)
    {
        if (name.Id != HeaderId.None)
        {
            Add(name.Id, value);
            return;
        }

        var nameOffset = Store(name.Bytes);
        AddEntry(HeaderId.None, nameOffset, name.Bytes.Length, Store(value), value.Length);
    }

    /// <summary>Adds an entry with a name that is lower-case already.</summary>
    public void Add(ReadOnlySpan<byte> lowerName, ReadOnlySpan<byte> value)
    {
        var id = HeaderIds.Find(lowerName);
        if (id != HeaderId.None)
        {
            Add(id, value);
            return;
        }

        var nameOffset = Store(lowerName);
        AddEntry(HeaderId.None, nameOffset, lowerName.Length, Store(value), value.Length);
    }

    /// <summary>Makes this the only entry of the id; the first one keeps its place.</summary>
    public void Set(HeaderId id, ReadOnlySpan<byte> value)
    {
        var index = IndexOf(id);
        if (index < 0)
        {
            Add(id, value);
            return;
        }

        SetValue(index, value);
        RemoveFrom(id, index + 1);
    }

    /// <summary>Makes this the only entry of the name; the first one keeps its place.</summary>
    public void Set(HeaderName name, ReadOnlySpan<byte> value)
    {
        if (name.Id != HeaderId.None)
        {
            Set(name.Id, value);
            return;
        }

        var index = IndexOfLower(name.Bytes, 0);
        if (index < 0)
        {
            Add(name, value);
            return;
        }

        SetValue(index, value);
        RemoveLower(name.Bytes, index + 1);
    }

    /// <summary>Replaces the value of entry <paramref name="index"/>.</summary>
    public void SetValue(int index, ReadOnlySpan<byte> value)
    {
        var offset = Store(value);
        ref var entry = ref _entries[index];
        entry.ValueOffset = offset;
        entry.ValueLength = value.Length;
        entry.IsLine = false;
    }

    /// <summary>
    /// Joins <paramref name="value"/> to the first entry of the id with <paramref name="separator"/> between, or adds
    /// it when there is none.
    /// </summary>
    public void Append(HeaderId id, ReadOnlySpan<byte> value, ReadOnlySpan<byte> separator)
    {
        var index = IndexOf(id);
        if (index < 0)
        {
            Add(id, value);
            return;
        }

        AppendValue(index, value, separator);
    }

    /// <summary>Joins <paramref name="value"/> to the value of entry <paramref name="index"/>.</summary>
    public void AppendValue(int index, ReadOnlySpan<byte> value, ReadOnlySpan<byte> separator)
    {
        ref var entry = ref _entries[index];
        if (entry.ValueLength == 0)
        {
            SetValue(index, value);
            return;
        }

        var length = entry.ValueLength + separator.Length + value.Length;
        var source = _data;
        Reserve(length);
        var target = _data.AsSpan(_dataLength, length);
        source.AsSpan(entry.ValueOffset, entry.ValueLength).CopyTo(target);
        separator.CopyTo(target[entry.ValueLength..]);
        value.CopyTo(target[(entry.ValueLength + separator.Length)..]);
        entry.ValueOffset = _dataLength;
        entry.ValueLength = length;
        entry.IsLine = false;
        _dataLength += length;
    }

    /// <summary>Removes all entries of the id. Returns how many there were.</summary>
    public int Remove(HeaderId id) => Contains(id) ? RemoveFrom(id, 0) : 0;

    /// <summary>Removes all entries of the name. Returns how many there were.</summary>
    public int Remove(HeaderName name) => name.Id != HeaderId.None ? Remove(name.Id) : RemoveLower(name.Bytes, 0);

    /// <summary>Removes all entries of a lower-case name. Returns how many there were.</summary>
    public int Remove(ReadOnlySpan<byte> lowerName)
    {
        var id = HeaderIds.Find(lowerName);
        return id != HeaderId.None ? Remove(id) : RemoveLower(lowerName, 0);
    }

    /// <summary>Removes entry <paramref name="index"/>; later entries move up.</summary>
    public void RemoveAt(int index)
    {
        var id = _entries[index].Id;
        _count--;
        Array.Copy(_entries, index + 1, _entries, index, _count - index);
        if (id != HeaderId.None)
        {
            UpdatePresence(id);
        }
    }

    /// <summary>Makes this map equal to <paramref name="source"/>.</summary>
    public void CopyFrom(HeaderMap source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Clear();
        for (var i = 0; i < source._count; i++)
        {
            var id = source._entries[i].Id;
            if (id != HeaderId.None)
            {
                Add(id, source.GetValue(i));
            }
            else
            {
                Add(source.GetName(i), source.GetValue(i));
            }
        }
    }
}
