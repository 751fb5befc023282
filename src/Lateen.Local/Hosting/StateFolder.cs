namespace Lateen.Local.Hosting;

/// <summary>The folder that a mesh keeps its authority, logs and status in.</summary>
internal static class StateFolder
{
    /// <summary>Room that a start needs for keys, tokens, status and the configuration's copy, in bytes.</summary>
    private const int BytesNeeded = 1 << 20;

    /// <summary>Finds out before anything starts whether it can be written and has room.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">It is someone else's.</exception>
    public static void Probe(string folder)
    {
        var path = Path.Combine(folder, ".room");
        try
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            file.Write(new byte[BytesNeeded]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>What went wrong with it, and the way out.</summary>
    public static string Explain(string folder, Exception error) =>
        $"the state folder {folder} cannot be written: {error.Message.TrimEnd('.')}; "
        + "make room or permit it, or choose another by --state";
}
