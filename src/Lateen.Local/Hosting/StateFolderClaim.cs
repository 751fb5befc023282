namespace Lateen.Local.Hosting;

/// <summary>
/// The right of one process to a state folder: an advisory lock on a file in it, which the kernel gives up when the
/// process ends, however it ends. Thread: any.
/// </summary>
public sealed class StateFolderClaim : IDisposable
{
    // EAGAIN of flock(2): someone else holds it.
    private const int TryAgain = 11;

    private readonly FileStream _lock;

    private StateFolderClaim(FileStream held) => _lock = held;

    /// <summary>Makes the folder where it is missing and claims it.</summary>
    /// <exception cref="LocalException">The folder cannot be used, or another mesh runs out of it.</exception>
    public static StateFolderClaim Take(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new StateFolderClaim(new FileStream(
                Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e.HResult == TryAgain)
        {
            throw new LocalException(
                $"a mesh runs out of {folder} already; end it, or choose another folder by --state", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LocalException(StateFolder.Explain(folder, e), e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
