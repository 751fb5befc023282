using System.Globalization;
using Xunit.Abstractions;

namespace Lateen.TestKit;

/// <summary>
/// The counts of the suites in one place: in the test's output, and, when the environment variable
/// LATEEN_CONFORMANCE_REPORT names a file, as a line of it, for whoever runs the suites.
/// </summary>
public static class ConformanceReport
{
    private static readonly Lock _lock = new();

    /// <summary>Adds a suite.</summary>
    /// <param name="output">The test's output.</param>
    /// <param name="suite">Name of the suite, or of a part of it.</param>
    /// <param name="passed">Cases that passed.</param>
    /// <param name="count">All cases that were run.</param>
    public static void Add(ITestOutputHelper output, string suite, int passed, int count)
    {
        ArgumentNullException.ThrowIfNull(output);
        var line = string.Create(CultureInfo.InvariantCulture, $"{suite}: {passed} of {count} cases");
        output.WriteLine(line);
        if (Environment.GetEnvironmentVariable("LATEEN_CONFORMANCE_REPORT") is { Length: > 0 } file)
        {
            lock (_lock)
            {
                File.AppendAllText(file, line + "\n");
            }
        }
    }
}
