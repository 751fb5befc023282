using System.Text;
using Lateen.Proxy.Regex;

namespace Lateen.Proxy.Stats;

/// <summary>Chooses statistics, by an expression over their names, which are not put together for it. With an
/// expression for one thread.</summary>
internal sealed class StatFilter(CompiledRegex? regex)
{
    private byte[] _name = new byte[256];
    private string? _prefix;
    private int _prefixLength;

    /// <summary>Only histograms that have values.</summary>
    public static StatFilter Histograms { get; } = new(null) { HistogramsOnly = true };

    /// <summary>Nothing else is wanted.</summary>
    public bool HistogramsOnly { get; private init; }

    /// <summary>Whether the name is wanted that these two make together.</summary>
    public bool IsMatch(string prefix, string rest)
    {
        if (regex is null)
        {
            return true;
        }
        if (!ReferenceEquals(prefix, _prefix))
        {
            Reserve(Encoding.UTF8.GetMaxByteCount(prefix.Length));
            _prefixLength = Encoding.UTF8.GetBytes(prefix, _name);
            _prefix = prefix;
        }
        Reserve(_prefixLength + Encoding.UTF8.GetMaxByteCount(rest.Length));
        var length = _prefixLength + Encoding.UTF8.GetBytes(rest, _name.AsSpan(_prefixLength));
        return regex.IsMatch(_name.AsSpan(0, length));
    }

    private void Reserve(int size)
    {
        if (size > _name.Length)
        {
            Array.Resize(ref _name, size * 2);
        }
    }
}
