using System.Globalization;

namespace Lateen.Proxy.Overload;

/// <summary>Tells how much of a resource is used, 1 meaning all. Asked by the manager at each refresh.</summary>
internal abstract class ResourceMonitor
{
    public required string Name { get; init; }

    /// <summary>0 and up; null when it could not be told.</summary>
    public abstract double? Read();

    /// <summary>A number that stands in a file, for tests.</summary>
    internal sealed class Injected(string file) : ResourceMonitor
    {
        public override double? Read()
        {
            try
            {
                return double.TryParse(
                    File.ReadAllText(file).Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                    && value is >= 0 and <= 1 ? value : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Memory of this process against a fixed size.</summary>
    internal sealed class FixedHeap(ulong bytesMax) : ResourceMonitor
    {
        public override double? Read() => (double)Environment.WorkingSet / bytesMax;
    }

    /// <summary>Memory of the container against its limit, or against a smaller one that is given.</summary>
    internal sealed class CgroupMemory(ulong bytesMax) : ResourceMonitor
    {
        private static readonly (string Used, string Limit)[] _files =
        [
            ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.max"),
            ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        ];

        public override double? Read()
        {
            foreach (var (usedFile, limitFile) in _files)
            {
                if (ReadNumber(usedFile) is not { } used)
                {
                    continue;
                }
                var limit = ReadNumber(limitFile) ?? double.MaxValue;
                limit = bytesMax > 0 ? Math.Min(limit, bytesMax) : limit;
                return used / limit;
            }
            return null;
        }

        private static double? ReadNumber(string file)
        {
            try
            {
                return File.Exists(file) && double.TryParse(
                    File.ReadAllText(file).Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                    ? value : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Share of the machine's processor time that was used since the last reading, smoothed.</summary>
    internal sealed class CpuUtilization : ResourceMonitor
    {
        private const double NewShare = 0.05;

        private ulong _busy;
        private ulong _total;
        private double _smoothed;

        public override double? Read()
        {
            if (!File.Exists("/proc/stat"))
            {
                return null;
            }
            using var reader = new StreamReader("/proc/stat");
            var words = (reader.ReadLine() ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var numbers = words.Skip(1).Select(word => ulong.Parse(word, CultureInfo.InvariantCulture)).ToArray();
            if (numbers.Length < 4)
            {
                return null;
            }
            var busy = numbers[0] + numbers[1] + numbers[2];
            var total = busy + numbers[3];
            if (_total > 0 && total > _total)
            {
                var now = (double)(busy - _busy) / (total - _total);
                _smoothed = (now * NewShare) + (_smoothed * (1 - NewShare));
            }
            (_busy, _total) = (busy, total);
            return _smoothed;
        }
    }
}
