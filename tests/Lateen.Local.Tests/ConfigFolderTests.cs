using Lateen.Local.Cluster;

namespace Lateen.Local.Tests;

public sealed class ConfigFolderTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("lateen-test-").FullName;
    private readonly ConfigFolder _folder;

    public ConfigFolderTests() => _folder = new ConfigFolder(_path);

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public void File_BrokenAfterItWasGood_KeepsItsLastGoodContents()
    {
        Write("a.yaml", "kind: Pod\n");
        Assert.True(_folder.Poll());
        Write("a.yaml", "kind: [broken\n");

        Assert.True(_folder.Poll());

        Assert.Equal("Pod", Assert.Single(_folder.Documents)["kind"]!.Text);
        Assert.True(_folder.IsBroken(Path.Combine(_path, "a.yaml")));
        Assert.Equal(Path.Combine(_path, "a.yaml"), Assert.Single(_folder.Errors).File);
    }

    [Fact]
    public void File_MendedOrGone_HasNoErrors()
    {
        Write("a.yaml", "kind: [broken\n");
        Write("b.yaml", "kind: [broken\n");
        _folder.Poll();
        Assert.Equal(2, _folder.Errors.Count());

        Write("a.yaml", "kind: Pod # mended\n");
        File.Delete(Path.Combine(_path, "b.yaml"));

        Assert.True(_folder.Poll());
        Assert.Empty(_folder.Errors);
        Assert.False(_folder.Poll());
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_path, name), text);
}
