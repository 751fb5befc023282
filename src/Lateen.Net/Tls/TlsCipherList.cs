using System.Buffers.Binary;

namespace Lateen.Net;

/// <summary>
/// A list of suites in the language of Envoy's library: names, words for several, <c>+</c> between words that must all
/// hold, <c>-</c> and <c>!</c> in front of what goes, and brackets around suites of equal rank, of which the client's
/// first is taken.
/// </summary>
internal sealed class TlsCipherList
{
    private readonly List<Entry> _entries = [];

    /// <summary>Words that mean nothing.</summary>
    internal List<string> Rejected { get; } = [];

    /// <summary>Suites of Envoy's names in the order of the list.</summary>
    internal IEnumerable<string> Names => _entries.Select(entry => entry.Suite.Name);

    /// <summary>How many suites are in it.</summary>
    internal int Count => _entries.Count;

    /// <summary>Whether a client's order may change the server's.</summary>
    internal bool HasEqualRanks => _entries.Any(entry => entry.Group >= 0);

    /// <summary>Reads a list; see <see cref="Rejected"/>.</summary>
    internal static TlsCipherList Parse(string text)
    {
        var list = new TlsCipherList();
        var killed = new HashSet<string>();
        var groups = 0;
        foreach (var part in Parts(text))
        {
            if (part.StartsWith('['))
            {
                foreach (var word in part.Trim('[', ']').Split('|'))
                {
                    list.Apply(word, groups, killed);
                }

                groups++;
                continue;
            }

            list.Apply(part, -1, killed);
        }

        return list;
    }

    /// <summary>Leaves out what the library here has not.</summary>
    internal void Keep(Func<string, bool> isKnown) => _entries.RemoveAll(entry => !isKnown(entry.Suite.Name));

    /// <summary>The order for a client that offers these suites, as places in <see cref="Names"/>; false: the list's
    /// own order.</summary>
    /// <param name="offered">Numbers of two bytes each.</param>
    /// <param name="order">Takes the places; as long as the list.</param>
    internal bool TryOrder(ReadOnlySpan<byte> offered, Span<byte> order)
    {
        var differs = false;
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = (byte)i;
        }

        for (var i = 1; i < order.Length; i++)
        {
            // Within a group, what the client names first goes first; there are a handful.
            for (var j = i; j > 0 && Goes(order[j], order[j - 1], offered); j--)
            {
                (order[j], order[j - 1]) = (order[j - 1], order[j]);
                differs = true;
            }
        }

        return differs;
    }

    private bool Goes(int one, int before, ReadOnlySpan<byte> offered)
    {
        var (first, second) = (_entries[one], _entries[before]);
        return first.Group >= 0 && first.Group == second.Group
            && RankOf(first.Suite.Number, offered) < RankOf(second.Suite.Number, offered);
    }

    private static int RankOf(ushort number, ReadOnlySpan<byte> offered)
    {
        for (var i = 0; i + 1 < offered.Length; i += 2)
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(offered[i..]) == number)
            {
                return i;
            }
        }

        return int.MaxValue;
    }

    private static IEnumerable<string> Parts(string text)
    {
        var start = 0;
        var isInside = false;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (!isInside && text[i] is ':' or ' ' or ',' or ';'))
            {
                if (i > start)
                {
                    yield return text[start..i];
                }

                start = i + 1;
                continue;
            }

            isInside = text[i] == '[' || (isInside && text[i] != ']');
        }
    }

    private void Apply(string part, int group, HashSet<string> killed)
    {
        if (part == "@STRENGTH")
        {
            return;
        }

        var sign = part.Length > 0 && part[0] is '-' or '!' or '+' ? part[0] : ' ';
        var words = (sign == ' ' ? part : part[1..]).Split('+');
        var meant = Array.FindAll(TlsCipherSuite.All, suite => words.All(suite.Answers));
        if (words.Any(word => !TlsCipherSuite.All.Any(suite => suite.Answers(word))))
        {
            Rejected.Add(part);
            return;
        }

        foreach (var suite in meant)
        {
            var at = _entries.FindIndex(entry => entry.Suite == suite);
            switch (sign)
            {
                case ' ' when at < 0 && !killed.Contains(suite.Name):
                    _entries.Add(new Entry(suite, group));
                    break;
                case '+' when at >= 0:
                    var moved = _entries[at];
                    _entries.RemoveAt(at);
                    _entries.Add(moved with { Group = -1 });
                    break;
                case '-' or '!':
                    _entries.RemoveAll(entry => entry.Suite == suite);
                    _ = sign == '!' && killed.Add(suite.Name);
                    break;
            }
        }
    }

    private readonly record struct Entry(TlsCipherSuite Suite, int Group);
}
