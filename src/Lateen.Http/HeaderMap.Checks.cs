using System.Buffers;
using Lateen.Http.Http1;

namespace Lateen.Http;

/// <content>Whether what was added to a message that a codec has read may be sent on.</content>
public sealed partial class HeaderMap
{
    /// <summary>RFC 9110 section 5.5: values have no control characters but for tabs.</summary>
    private static readonly SearchValues<byte> _controls = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Where(code => code != '\t').Select(code => (byte)code), 127]);

    // Bytes of the data that a codec has checked; what is added or changed later lies behind them.
    private int _checkedLength;

    /// <summary>A codec has read and checked all that is in the map now.</summary>
    public void MarkChecked() => _checkedLength = _dataLength;

    /// <summary>The first entry, of those that were added or changed since <see cref="MarkChecked"/>, with a name or a
    /// value that would break the message in which it is sent; -1 when there is none.</summary>
    /// <param name="isName">It is the name.</param>
    public int IndexOfUnsendable(out bool isName)
    {
        // Also bytes that no entry has any more are looked at: a look that finds nothing is the rule.
        var hasControls = _data.AsSpan(_checkedLength, _dataLength - _checkedLength).ContainsAny(_controls);
        isName = false;
        for (var i = 0; i < _count; i++)
        {
            ref readonly var entry = ref _entries[i];
            isName = entry.Id == HeaderId.None && entry.NameOffset >= _checkedLength && entry.NameLength > 0
                && !Http1Bytes.IsToken(_data.AsSpan(entry.NameOffset, entry.NameLength));
            if (isName || (hasControls && entry.ValueOffset >= _checkedLength && GetValue(i).ContainsAny(_controls)))
            {
                return i;
            }
        }

        return -1;
    }
}
