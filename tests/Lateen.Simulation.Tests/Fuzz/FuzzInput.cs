using System.Text;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>The random choices of one case, and what is commonly made with them.</summary>
internal sealed class FuzzInput(ulong seed)
{
    private readonly Random _random = new((int)(seed ^ (seed >> 32)));

    public int Below(int max) => _random.Next(max);

    public int Between(int min, int max) => _random.Next(min, max + 1);

    public bool Chance(double probability) => _random.NextDouble() < probability;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    public byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Characters out of an alphabet.</summary>
    public string Text(string alphabet, int lengthMax)
    {
        var text = new StringBuilder();
        for (var i = Below(lengthMax + 1); i > 0; i--)
        {
            text.Append(alphabet[Below(alphabet.Length)]);
        }

        return text.ToString();
    }

    /// <summary>Changes, drops, doubles, swaps and inserts pieces; sometimes nothing.</summary>
    public byte[] Mutate(byte[] bytes)
    {
        var list = new List<byte>(bytes);
        for (var i = Below(4); i > 0 && list.Count > 0; i--)
        {
            var at = Below(list.Count);
            var length = Math.Min(list.Count - at, Between(1, 8));
            switch (Below(6))
            {
                case 0:
                    list[at] = (byte)Below(256);
                    break;
                case 1:
                    list[at] ^= (byte)(1 << Below(8));
                    break;
                case 2:
                    list.RemoveRange(at, length);
                    break;
                case 3:
                    list.InsertRange(at, list.GetRange(at, length));
                    break;
                case 4:
                    list.Insert(at, Pick<byte>(0, 9, 10, 13, 32, 34, 58, 127, 128, 255));
                    break;
                default:
                    list.RemoveRange(at, list.Count - at);
                    break;
            }
        }

        return [.. list];
    }

    public string Mutate(string text) => Encoding.Latin1.GetString(Mutate(Encoding.Latin1.GetBytes(text)));

    /// <summary>Where to cut something of this length, ascending, the end included.</summary>
    public List<int> Cuts(int length)
    {
        var cuts = new SortedSet<int> { length };
        for (var i = Below(6); i > 0 && length > 0; i--)
        {
            cuts.Add(Below(length) + 1);
        }

        return [.. cuts.Where(cut => cut > 0)];
    }
}
