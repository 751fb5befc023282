namespace Lateen.Proxy.Tracing;

/// <summary>Names and values of a span's tags, kept as bytes in one buffer. A later value replaces an earlier
/// one.</summary>
internal sealed class SpanTags
{
    private readonly ByteBuffer _bytes = new(1024);
    private readonly List<(int Name, int NameLength, int Value, int ValueLength)> _entries = [];

    public int Count => _entries.Count;

    public void Clear()
    {
        _bytes.Clear();
        _entries.Clear();
    }

    public ReadOnlySpan<byte> NameAt(int index) =>
        _bytes.Written.Slice(_entries[index].Name, _entries[index].NameLength);

    public ReadOnlySpan<byte> ValueAt(int index) =>
        _bytes.Written.Slice(_entries[index].Value, _entries[index].ValueLength);

    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var start = _bytes.Length;
        _bytes.Write(value);
        Put(name, start, value.Length);
    }

    public void Set(ReadOnlySpan<byte> name, string value)
    {
        var start = _bytes.Length;
        _bytes.Write(value);
        Put(name, start, _bytes.Length - start);
    }

    public void Set(ReadOnlySpan<byte> name, long value)
    {
        var start = _bytes.Length;
        _bytes.Write(value);
        Put(name, start, _bytes.Length - start);
    }

    private void Put(ReadOnlySpan<byte> name, int value, int length)
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            if (NameAt(i).SequenceEqual(name))
            {
                _entries[i] = (_entries[i].Name, _entries[i].NameLength, value, length);
                return;
            }
        }

        _entries.Add((_bytes.Length, name.Length, value, length));
        _bytes.Write(name);
    }
}
