using Lateen.Proxy.Formatting;

namespace Lateen.Proxy.Tests.Formatting;

/// <summary>A remembered second writes what a new one would.</summary>
public sealed class TimeTextTests
{
    private const long Second = 1_000_000_000;

    private static readonly long[] Moments =
        [0, 1, 5 * Second, (5 * Second) + 123_456_789, (6 * Second) - 1, 1_763_800_000 * Second, -1];

    [Theory]
    [InlineData("%Y-%m-%dT%H:%M:%E3SZ")]
    [InlineData("%Y-%m-%dT%H:%M:%S.%3fZ")]
    [InlineData("%s.%9f end")]
    [InlineData("%f")]
    [InlineData("%E*S")]
    [InlineData("%E0S %E3f")]
    [InlineData("%3f %6f")]
    [InlineData("%E15f|%%3f")]
    [InlineData("%%%H 100%% %E4Y")]
    [InlineData("no field, ünïcode 😀")]
    [InlineData("%")]
    [InlineData("")]
    public void Moment_ByAnyFormat_IsWrittenAsWithoutMemory(string format)
    {
        var other = new TimeText("%H.%6f", null);
        var text = new TimeText(format, null);
        foreach (var nanos in Moments)
        {
            var (expected, actual, ignored) = (new ByteBuffer(), new ByteBuffer(), new ByteBuffer());
            TimeFormat.Write(expected, format, nanos);
            text.Write(actual, nanos);
            other.Write(ignored, nanos);
            text.Write(actual, nanos);
            Assert.Equal(expected.ToString() + expected, actual.ToString());
        }
    }

    [Fact]
    public void Moment_WhenWarm_AllocatesNothing()
    {
        var text = new TimeText(TimeOperators.DefaultFormat, null);
        var output = new ByteBuffer();
        text.Write(output, Second);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            output.Clear();
            text.Write(output, i * 10_000_000L);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
