using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <summary>Gives memory back that the process held for its start and does not use now.</summary>
internal static unsafe partial class ProcessMemory
{
    private const string Library = "libc";
    private const int DontNeed = 4;

    /// <summary>Bytes of the list of mappings that are looked at; some thousand mappings.</summary>
    private const int ListBytesMax = 4 * 1024 * 1024;

    /// <summary>
    /// Returns free blocks of the C library's heap, and lets go of pages of program files: those of mappings that
    /// cannot be written to and in which no page is the process's own. They stay in the machine's page cache, and what
    /// is used is mapped again at its first use, without reading. Returns the bytes let go.
    /// </summary>
    internal static long Trim()
    {
        _ = MallocTrim(0);
        using var list = File.OpenHandle("/proc/self/smaps");
        var buffer = new byte[16 * 1024];
        var (kept, offset, released) = (0, 0L, 0L);
        Mapping mapping = default;
        while (offset < ListBytesMax)
        {
            var count = RandomAccess.Read(list, buffer.AsSpan(kept), offset);
            if (count <= 0)
            {
                break;
            }

            offset += count;
            var rest = buffer.AsSpan(0, kept + count);
            for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
            {
                released += Read(rest[..end], ref mapping);
            }

            rest.CopyTo(buffer);
            kept = rest.Length;
            if (kept == buffer.Length)
            {
                break;
            }
        }

        return released + Release(mapping);
    }

    /// <summary>Takes a line; the first of a mapping ends the one before.</summary>
    private static long Read(ReadOnlySpan<byte> line, ref Mapping mapping)
    {
        if (line.StartsWith("Rss:"u8))
        {
            mapping.ResidentBytes = Kilobytes(line["Rss:"u8.Length..]) * 1024;
        }
        else if (line.StartsWith("Anonymous:"u8))
        {
            mapping.OwnBytes = Kilobytes(line["Anonymous:"u8.Length..]) * 1024;
        }
        else if (Utf8Parser.TryParse(line, out ulong start, out var used, 'x') && used < line.Length
            && line[used] == '-')
        {
            var released = Release(mapping);
            mapping = default;
            line = line[(used + 1)..];
            if (Utf8Parser.TryParse(line, out ulong end, out used, 'x') && line.Length > used + 4)
            {
                // No w among the rights, and the path of a file at the end of the line. What is in memory only has no
                // file to come back from.
                var rights = line[(used + 1)..];
                mapping.IsFile = rights[1] == '-' && line.Contains((byte)'/') && !line.EndsWith("(deleted)"u8);
                (mapping.Start, mapping.Length) = (start, end - start);
            }

            return released;
        }

        return 0;
    }

    private static long Kilobytes(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text.TrimStart((byte)' '), out long value, out _) ? value : 0;

    private static long Release(in Mapping mapping) =>
        mapping is { IsFile: true, OwnBytes: 0, ResidentBytes: > 0 }
        && MAdvise((void*)mapping.Start, (nuint)mapping.Length, DontNeed) == 0
            ? mapping.ResidentBytes
            : 0;

    [LibraryImport(Library, EntryPoint = "madvise")]
    private static partial int MAdvise(void* address, nuint length, int advice);

    [LibraryImport(Library, EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);

    private struct Mapping
    {
        public ulong Start;
        public ulong Length;
        public long ResidentBytes;
        public long OwnBytes;
        public bool IsFile;
    }
}
