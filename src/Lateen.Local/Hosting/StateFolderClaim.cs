namespace Lateen.Local.Hosting;

/// <summary>
/// The right of one process to a state folder: an advisory lock on a file in it, which the kernel gives up when the
/// process ends, however it ends. Thread: any.
/// </summary>
public sealed class StateFolderClaim : IDisposable
{
    private readonly FileStream _lock;

    private StateFolderClaim(FileStream held) => _lock = held;

    /// <summary>Makes the folder where it is missing and claims it.</summary>
    /// <exception cref="LocalException">The folder cannot be used, or another mesh runs out of it.</exception>
    public static StateFolderClaim Take(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LocalException($"the state folder cannot be used: {e.Message}", e);
        }

        try
        {
            return new StateFolderClaim(new FileStream(
                Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new LocalException($"the state folder cannot be used: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new LocalException(
                $"a mesh runs out of {folder} already; end it, or choose another folder by --state", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
