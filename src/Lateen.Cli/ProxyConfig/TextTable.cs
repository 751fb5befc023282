namespace Lateen.Cli.ProxyConfig;

/// <summary>
/// A table as istioctl prints it: each column as wide as its longest cell plus a gap, the last one not padded.
/// </summary>
internal sealed class TextTable(int gap, params string[] header)
{
    private readonly List<string[]> _rows = [header];

    /// <summary>Adds a row of as many cells as the header has.</summary>
    internal void Add(params string[] cells) => _rows.Add(cells);

    internal void WriteTo(TextWriter output)
    {
        var widths = new int[_rows[0].Length - 1];
        foreach (var row in _rows)
        {
            for (var i = 0; i < widths.Length; i++)
            {
                widths[i] = Math.Max(widths[i], Width(row[i]) + gap);
            }
        }

        foreach (var row in _rows)
        {
            for (var i = 0; i < widths.Length; i++)
            {
                output.Write(row[i]);
                output.Write(new string(' ', widths[i] - Width(row[i])));
            }

            output.Write(row[^1]);
            output.Write('\n');
        }
    }

    private static int Width(string cell) => cell.EnumerateRunes().Count();
}
