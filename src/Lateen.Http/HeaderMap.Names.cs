using System.Text;

namespace Lateen.Http;

/// <content>Names as they were written, for peers that care about case (<c>preserve_case</c>).</content>
public sealed partial class HeaderMap
{
    private List<byte[]>? _writtenNames;

    /// <summary>Keeps a name as it was written.</summary>
    public void KeepName(ReadOnlySpan<byte> name) => (_writtenNames ??= []).Add(name.ToArray());

    /// <summary>
    /// How the name of entry <paramref name="index"/> was written; as it is held when nobody wrote it. Equal names are
    /// taken in order of arrival.
    /// </summary>
    public ReadOnlySpan<byte> WrittenName(int index) => WrittenName(GetName(index), Earlier(index));

    /// <summary>How a name was written, the <paramref name="skip"/>th time that it was.</summary>
    public ReadOnlySpan<byte> WrittenName(ReadOnlySpan<byte> name, int skip) =>
        TryGetWrittenName(name, skip, out var written) ? written : name;

    /// <summary>How the name of an entry was written; false when it did not come with the message.</summary>
    public bool TryGetWrittenName(int index, out ReadOnlySpan<byte> written) =>
        TryGetWrittenName(GetName(index), Earlier(index), out written);

    private bool TryGetWrittenName(ReadOnlySpan<byte> name, int skip, out ReadOnlySpan<byte> found)
    {
        found = default;
        foreach (var written in _writtenNames ?? [])
        {
            if (Ascii.EqualsIgnoreCase(written, name) && skip-- == 0)
            {
                found = written;
                return true;
            }
        }

        return false;
    }

    private int Earlier(int index)
    {
        var count = 0;
        for (var i = 0; i < index; i++)
        {
            count += GetName(i).SequenceEqual(GetName(index)) ? 1 : 0;
        }

        return count;
    }
}
