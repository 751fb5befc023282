using System.Runtime;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>The memory that a process holds while it has little to do.</summary>
public static class WorkingSet
{
    /// <summary>
    /// Collects all garbage, gives free memory back to the system and lets go of program pages that the start needed.
    /// Takes tens of milliseconds, in part with all threads stopped. Returns the bytes of program pages let go, 0 where
    /// the list of mappings cannot be read.
    /// </summary>
    public static long Trim()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            return ProcessMemory.Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
