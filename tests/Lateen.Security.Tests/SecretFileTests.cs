using Lateen.TestKit;

namespace Lateen.Security.Tests;

public sealed class SecretFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Write_NewFile_IsForTheOwnerOnly()
    {
        var path = _folder.At("keys", "key.pem");

        SecretFile.Write(path, "secret");

        Assert.Equal("secret", File.ReadAllText(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Write_ExistingFile_IsReplacedWithoutLeftovers()
    {
        var path = _folder.Write("key.pem", "old");
        _folder.Write("key.pem.tmp", "left behind by a crash");

        SecretFile.Write(path, "new");

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(["key.pem"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Write_FolderInTheWayOfAFile_SaysWhichFile()
    {
        var path = Path.Combine(_folder.Write("file", ""), "key.pem");

        var error = Assert.Throws<PkiException>(() => SecretFile.Write(path, "new"));

        Assert.StartsWith($"cannot write {path}: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(28)]
    [InlineData(122)]
    public void Cause_OfAFullDisk_SaysSo(int errno)
    {
        Assert.StartsWith("the disk is full", SecretFile.CauseOf(new IOException("No space", errno)),
            StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
