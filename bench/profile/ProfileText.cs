using System.Globalization;

namespace Lateen.Profile;

/// <summary>Reads what the runtime writes at its end with <c>DOTNET_WritePGOData</c>.</summary>
internal static class ProfileText
{
    private const string Head = "@@@ ", Name = "MethodName: ", Signature = "Signature: ", Schema = "Schema ";

    /// <summary>The methods of a file.</summary>
    /// <exception cref="FormatException">It is no such file, or it ends too early.</exception>
    public static IEnumerable<MethodProfile> Read(string file)
    {
        using var lines = File.ReadLines(file).GetEnumerator();
        MethodProfile? method = null;
        while (lines.MoveNext())
        {
            var line = lines.Current;
            if (line.StartsWith(Head, StringComparison.Ordinal))
            {
                if (method is not null)
                {
                    yield return method;
                }

                // @@@ codehash N methodhash N ilSize N records N
                var size = Convert.ToInt32(line.Split(' ')[6], 16);
                method = new MethodProfile(Next(lines, Name), Next(lines, Signature), size, []);
            }
            else if (line.StartsWith(Schema, StringComparison.Ordinal))
            {
                method?.Counters.Add(ReadCounter(line, lines));
            }
        }

        if (method is not null)
        {
            yield return method;
        }
    }

    // Schema InstrumentationKind N ILOffset N Count N Other N, then a line for each value
    private static Counter ReadCounter(string line, IEnumerator<string> lines)
    {
        var parts = line.Split(' ');
        var values = new string[Number(parts[6])];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Next(lines, "");
        }

        return new Counter(Number(parts[2]), Number(parts[4]), Number(parts[8]), values);
    }

    private static int Number(string text) => unchecked((int)uint.Parse(text, CultureInfo.InvariantCulture));

    private static string Next(IEnumerator<string> lines, string label) =>
        lines.MoveNext() && lines.Current.StartsWith(label, StringComparison.Ordinal)
            ? lines.Current[label.Length..]
            : throw new FormatException($"expected '{label}' in what the runtime counted");
}
