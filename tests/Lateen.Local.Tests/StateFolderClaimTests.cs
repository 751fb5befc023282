using Lateen.Local.Hosting;

namespace Lateen.Local.Tests;

public sealed class StateFolderClaimTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lateen-claim-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Take_HeldByAnother_IsRefusedWithTheWayOut()
    {
        using var first = StateFolderClaim.Take(_folder);

        var refused = Assert.Throws<LocalException>(() => StateFolderClaim.Take(_folder));

        Assert.Contains("already", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--state", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Take_AfterARefusalAndTheHoldersEnd_IsGranted()
    {
        var first = StateFolderClaim.Take(_folder);
        Assert.Throws<LocalException>(() => StateFolderClaim.Take(_folder));
        first.Dispose();

        using var second = StateFolderClaim.Take(_folder);

        Assert.Throws<LocalException>(() => StateFolderClaim.Take(_folder));
    }
}
