using System.Globalization;
using System.Text;

namespace Lateen.Proxy.Regex;

/// <summary>A set of code points as sorted, disjoint ranges.</summary>
internal sealed class RuneSet
{
    public const int Last = 0x10FFFF;

    private readonly List<(int Low, int High)> _ranges = [];
    private static Dictionary<int, int[]>? _orbits;

    public IReadOnlyList<(int Low, int High)> Ranges => _ranges;

    public void Add(int low, int high) => _ranges.Add((low, high));

    public void Add(RuneSet other) => _ranges.AddRange(other._ranges);

    /// <summary>Adds the set without its members.</summary>
    public void AddNegated(RuneSet other)
    {
        other.Normalize();
        var next = 0;
        foreach (var (low, high) in other._ranges)
        {
            if (low > next)
            {
                Add(next, low - 1);
            }
            next = high + 1;
        }
        if (next <= Last)
        {
            Add(next, Last);
        }
    }

    /// <summary>Adds a range and, when <paramref name="fold"/> is set, all letters that are equal but for
    /// case.</summary>
    public void Add(int low, int high, bool fold)
    {
        Add(low, high);
        if (!fold)
        {
            return;
        }
        var orbits = _orbits ??= BuildOrbits();
        if (high - low > 4096)
        {
            foreach (var (rune, others) in orbits)
            {
                AddOrbit(rune, others, low, high);
            }
            return;
        }
        for (var rune = low; rune <= high; rune++)
        {
            if (orbits.TryGetValue(rune, out var others))
            {
                AddOrbit(rune, others, low, high);
            }
        }
    }

    /// <summary>Sorts and merges.</summary>
    public void Normalize()
    {
        _ranges.Sort();
        var kept = 0;
        for (var i = 0; i < _ranges.Count; i++)
        {
            if (kept > 0 && _ranges[i].Low <= _ranges[kept - 1].High + 1)
            {
                _ranges[kept - 1] = (_ranges[kept - 1].Low, Math.Max(_ranges[kept - 1].High, _ranges[i].High));
            }
            else
            {
                _ranges[kept++] = _ranges[i];
            }
        }
        _ranges.RemoveRange(kept, _ranges.Count - kept);
    }

    /// <summary>The set of a Unicode property such as <c>Lu</c>, <c>N</c> or <c>Greek</c>; null when it is
    /// unknown.</summary>
    public static RuneSet? FromProperty(string name)
    {
        var set = new RuneSet();
        if (name == "Any")
        {
            set.Add(0, Last);
            return set;
        }
        if (Scripts.TryGetValue(name, out var ranges))
        {
            foreach (var (low, high) in ranges)
            {
                set.Add(low, high);
            }
            return set;
        }
        if (!CategoryNames.Any(category => category.StartsWith(name, StringComparison.Ordinal))
            || name.Length is 0 or > 2)
        {
            return null;
        }
        for (var rune = 0; rune <= Last; rune++)
        {
            var category = CategoryNames[(int)CharUnicodeInfo.GetUnicodeCategory(rune)];
            if (category.StartsWith(name, StringComparison.Ordinal))
            {
                var start = rune;
                while (rune < Last && CategoryNames[(int)CharUnicodeInfo.GetUnicodeCategory(rune + 1)]
                    .StartsWith(name, StringComparison.Ordinal))
                {
                    rune++;
                }
                set.Add(start, rune);
            }
        }
        return set;
    }

    /// <summary>In the order of <see cref="UnicodeCategory"/>.</summary>
    private static readonly string[] CategoryNames =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co",
            "Pc",
        "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    /// <summary>Scripts in common use; others are refused as unknown.</summary>
    private static readonly Dictionary<string, (int Low, int High)[]> Scripts = new()
    {
        ["Latin"] =
        [
            (0x41, 0x5a), (0x61, 0x7a), (0xaa, 0xaa), (0xba, 0xba), (0xc0, 0xd6), (0xd8, 0xf6), (0xf8, 0x2b8),
            (0x1d00, 0x1d25), (0x1e00, 0x1eff), (0x2c60, 0x2c7f), (0xa722, 0xa787), (0xff21, 0xff3a), (0xff41, 0xff5a),
        ],
        ["Greek"] =
        [
            (0x370, 0x373), (0x375, 0x377), (0x37a, 0x37d), (0x37f, 0x37f), (0x384, 0x384), (0x386, 0x386),
            (0x388, 0x38a), (0x38c, 0x38c), (0x38e, 0x3a1), (0x3a3, 0x3e1), (0x3f0, 0x3ff), (0x1d26, 0x1d2a),
            (0x1f00, 0x1f15), (0x1f18, 0x1f1d), (0x1f20, 0x1f45), (0x1f48, 0x1f4d), (0x1f50, 0x1f57), (0x1f5f, 0x1f7d),
            (0x1f80, 0x1fb4), (0x1fb6, 0x1fc4), (0x1fc6, 0x1fd3), (0x1fd6, 0x1fdb), (0x1fdd, 0x1fef), (0x1ff2, 0x1ff4),
            (0x1ff6, 0x1ffe), (0x2126, 0x2126), (0x10140, 0x1018e), (0x101a0, 0x101a0), (0x1d200, 0x1d245),
        ],
        ["Cyrillic"] =
            [(0x400, 0x484), (0x487, 0x52f), (0x1c80, 0x1c88), (0x1d2b, 0x1d2b), (0x2de0, 0x2dff), (0xa640, 0xa69f)],
        ["Hebrew"] = [(0x591, 0x5c7), (0x5d0, 0x5ea), (0x5ef, 0x5f4), (0xfb1d, 0xfb4f)],
        ["Arabic"] =
        [
            (0x600, 0x604), (0x606, 0x60b), (0x60d, 0x61a), (0x61c, 0x61e), (0x620, 0x63f), (0x641, 0x64a),
            (0x656, 0x66f), (0x671, 0x6dc), (0x6de, 0x6ff), (0x750, 0x77f), (0xfb50, 0xfdff), (0xfe70, 0xfefc),
        ],
        ["Han"] =
        [
            (0x2e80, 0x2e99), (0x2e9b, 0x2ef3), (0x2f00, 0x2fd5), (0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029),
            (0x3038, 0x303b), (0x3400, 0x4dbf), (0x4e00, 0x9fff), (0xf900, 0xfa6d), (0xfa70, 0xfad9),
                (0x20000, 0x323af),
        ],
        ["Hiragana"] = [(0x3041, 0x3096), (0x309d, 0x309f), (0x1b001, 0x1b11f), (0x1f200, 0x1f200)],
        ["Katakana"] = [(0x30a1, 0x30fa), (0x30fd, 0x30ff), (0x31f0, 0x31ff), (0xff66, 0xff6f), (0xff71, 0xff9d)],
        ["Hangul"] = [(0x1100, 0x11ff), (0x302e, 0x302f), (0x3131, 0x318e), (0xa960, 0xa97c), (0xac00, 0xd7a3)],
        ["Thai"] = [(0xe01, 0xe3a), (0xe40, 0xe5b)],
        ["Devanagari"] = [(0x900, 0x950), (0x955, 0x963), (0x966, 0x97f), (0xa8e0, 0xa8ff)],
    };

    private void AddOrbit(int rune, int[] others, int low, int high)
    {
        if (rune >= low && rune <= high)
        {
            foreach (var other in others)
            {
                Add(other, other);
            }
        }
    }

    private static Dictionary<int, int[]> BuildOrbits()
    {
        var groups = new Dictionary<int, List<int>>();
        for (var value = 0; value <= 0x1E943; value++)
        {
            if (!Rune.IsValid(value))
            {
                continue;
            }
            var rune = new Rune(value);
            var key = Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)).Value;
            key = value switch
            {
                0x212A => 'k',
                0x17F => 's',
                0x2126 => 0x3c9,
                0x212B => 0xe5,
                _ => key,
            };
            if (key != value || Rune.ToUpperInvariant(rune).Value != value)
            {
                (groups.TryGetValue(key, out var members) ? members : groups[key] = []).Add(value);
            }
        }
        var orbits = new Dictionary<int, int[]>();
        foreach (var (key, members) in groups)
        {
            int[] all = [.. members.Append(key).Distinct()];
            foreach (var member in all)
            {
                orbits[member] = all;
            }
        }
        return orbits;
    }
}
