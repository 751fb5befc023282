using System.Text;

namespace Lateen.Security;

/// <summary>Writes files that must be whole or absent: a temporary beside the target, flushed to the disk, then
/// renamed.</summary>
public static class SecretFile
{
    /// <summary>Read and write for the owner, nothing for others (0600).</summary>
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // errno of a full disk and of a used-up quota (errno.h).
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Replaces the file in one step; a reader sees the old or the new text, never a part.</summary>
    /// <exception cref="PkiException">The disk is full or the folder cannot be written; the old file is
    /// untouched.</exception>
    public static void Write(string path, string text, UnixFileMode mode = OwnerOnly)
    {
        var temporary = path + ".tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.Delete(temporary);
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = mode,
            };
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new PkiException($"cannot write {path}: {CauseOf(e)}", e);
        }
    }

    internal static string CauseOf(Exception e) => e.HResult is NoSpaceLeft or QuotaExceeded
        ? "the disk is full: free some space and start again"
        : e.Message;

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to tell; what is left behind is not the target.
        }
    }
}
