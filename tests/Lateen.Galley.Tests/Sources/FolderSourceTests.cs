using Istio.Networking.V1Alpha3;
using Lateen.TestKit;

namespace Lateen.Galley.Tests.Sources;

public sealed class FolderSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lateen-folder-").FullName;
    private readonly ConfigStore _store = new();
    private readonly VirtualClock _clock = new();
    private readonly FolderSource _source;

    public FolderSourceTests()
    {
        _source = new FolderSource(_folder, _store, new FolderSourceOptions { UseNotifications = false }, _clock);
    }

    public void Dispose()
    {
        _source.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Rescan_FilesInFolders_AreRead()
    {
        Write("a.yaml", Rule("a", "x") + "---\n" + Rule("b", "x"));
        Write("below/deep/c.json", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"n"}}""");
        Write(".hidden/d.yaml", Rule("d", "x"));
        Write("notes.txt", "not: read");

        var report = _source.Rescan();

        Assert.Equal((2, 3), (report.Files, report.Objects));
        Assert.Empty(report.Errors);
        Assert.NotNull(_store.Current.Get(ConfigKinds.Namespace, "", "n"));
    }

    [Fact]
    public void Rescan_OneFileChanged_ReadsOnlyThat()
    {
        Write("a.yaml", Rule("a", "x"));
        Write("b.yaml", Rule("b", "x"));
        _source.Rescan();

        Write("a.yaml", Rule("a", "longer"));
        _source.Rescan();
        _source.Rescan();

        Assert.Equal(3, _source.FilesRead);
        Assert.Equal("longer", Host("a"));
    }

    [Fact]
    public void Rescan_BrokenObject_KeepsItsLastGoodVersion()
    {
        Write("a.yaml", Rule("a", "x") + "---\n" + Rule("b", "x"));
        _source.Rescan();

        Write("a.yaml", Rule("a", "x").Replace("host:", "hots:", StringComparison.Ordinal) + "---\n" + Rule("b", "yy"));
        var report = _source.Rescan();

        Assert.Equal(("x", "yy"), (Host("a"), Host("b")));
        Assert.Equal("a", Assert.Single(report.Kept).Name);
        var error = Assert.Single(report.Errors);
        Assert.Equal((Path.Combine(_folder, "a.yaml"), 4, "spec.hots"), (error.File, error.Line, error.Path));
    }

    [Fact]
    public void Rescan_BrokenSyntax_KeepsWhatTheFileHeld()
    {
        Write("a.yaml", Rule("a", "x") + "---\n" + Rule("b", "x"));
        _source.Rescan();

        Write("a.yaml", "spec: [\n---\n" + Rule("b", "yy"));
        var report = _source.Rescan();

        Assert.Equal(("x", "yy"), (Host("a"), Host("b")));
        Assert.Single(report.Errors);
    }

    [Fact]
    public void Rescan_Mended_ForgetsTheFault()
    {
        Write("a.yaml", "spec: [\n");
        Assert.Single(_source.Rescan().Errors);

        Write("a.yaml", Rule("a", "x"));
        var report = _source.Rescan();

        Assert.Empty(report.Errors);
        Assert.Empty(report.Kept);
        Assert.Equal("x", Host("a"));
    }

    [Fact]
    public void Rescan_RemovedObjectOrFile_IsRemoved()
    {
        Write("a.yaml", Rule("a", "x") + "---\n" + Rule("b", "x"));
        Write("c.yaml", Rule("c", "x"));
        _source.Rescan();

        Write("a.yaml", Rule("b", "x"));
        File.Delete(Path.Combine(_folder, "c.yaml"));
        _source.Rescan();

        Assert.Equal("b", Assert.Single(_store.Current.List(ConfigKinds.DestinationRule)).Name);
    }

    [Fact]
    public void Rescan_SameObjectTwice_FirstPathCountsAndTheOtherIsTold()
    {
        Write("1.yaml", Rule("a", "first"));
        Write("2.yaml", Rule("a", "second"));

        var error = Assert.Single(_source.Rescan().Errors);

        Assert.Equal("first", Host("a"));
        Assert.Equal(("source.duplicate", Path.Combine(_folder, "2.yaml")), (error.Code, error.File));
        Assert.Contains(Path.Combine(_folder, "1.yaml") + ":1:1", error.Message, StringComparison.Ordinal);

        File.Delete(Path.Combine(_folder, "1.yaml"));
        Assert.Empty(_source.Rescan().Errors);
        Assert.Equal("second", Host("a"));
    }

    [Fact]
    public void Rescan_FolderAway_KeepsEverything()
    {
        Write("a.yaml", Rule("a", "x"));
        _source.Rescan();
        Directory.Move(_folder, _folder + ".away");

        var report = _source.Rescan();

        Assert.Equal("x", Host("a"));
        Assert.Equal("source.unreadable", Assert.Single(report.Errors).Code);
        Directory.Move(_folder + ".away", _folder);
        Assert.Empty(_source.Rescan().Errors);
    }

    [Fact]
    public void Note_Change_IsReadAfterQuietTime()
    {
        _source.Start();
        Write("a.yaml", Rule("a", "x"));
        _source.Note(Path.Combine(_folder, "a.yaml"));

        _clock.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal(0, _store.Current.Count);

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("x", Host("a"));
    }

    [Fact]
    public void Note_ChangesWithoutEnd_AreReadAfterTheMaximumDelay()
    {
        _source.Start();
        Write("a.yaml", Rule("a", "x"));
        for (var i = 0; i < 20; i++)
        {
            _source.Note(Path.Combine(_folder, "a.yaml"));
            _clock.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal("x", Host("a"));
    }

    [Fact]
    public void Start_MissedChange_IsFoundByTheNextLookOver()
    {
        _source.Start();
        Write("a.yaml", Rule("a", "x"));

        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("x", Host("a"));
    }

    [Fact]
    public async Task Start_RealFolder_TellsOfChanges()
    {
        var options = new FolderSourceOptions { RescanInterval = TimeSpan.FromMinutes(10) };
        using var source = new FolderSource(_folder, _store, options);
        source.Start();
        var read = new TaskCompletionSource<FolderReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        source.Reported += report => read.TrySetResult(report);

        Write("a.yaml", Rule("a", "x"));

        var report = await read.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(report.Files == 1, "the folder source did not notice a new file");
    }

    [Theory]
    [InlineData("mesh.yaml", "accessLogFile: /dev/stdout\n")]
    [InlineData("x.yaml", "kind: MeshConfig\naccessLogFile: /dev/stdout\n")]
    [InlineData("x.yaml", "apiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nspec: {accessLogFile: /dev/stdout}\n")]
    [InlineData("x.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
        + "data:\n  mesh: |\n    accessLogFile: /dev/stdout\n")]
    public void MeshConfig_InEachPlace_LaysOverTheDefaults(string file, string text)
    {
        Write(file, text);
        Assert.Empty(_source.Rescan().Errors);

        var mesh = MeshConfigReader.FromSnapshot(_store.Current, out var errors);

        Assert.Empty(errors);
        Assert.Equal(("/dev/stdout", 15001), (mesh.AccessLogFile, mesh.ProxyListenPort));
    }

    [Theory]
    [InlineData("networking.istio.io/v1", "VirtualServise", "Did you mean VirtualService")]
    [InlineData("networking.istio.io/v2", "VirtualService", "networking.istio.io/v1")]
    [InlineData("security.istio.io/v1", "VirtualService", "Did you mean VirtualService (networking.istio.io/v1)")]
    public void Rescan_UnknownKind_NamesTheRightOne(string apiVersion, string kind, string hint)
    {
        Write("a.yaml", $"apiVersion: {apiVersion}\nkind: {kind}\nmetadata: {{name: a}}\n");

        var error = Assert.Single(_source.Rescan().Errors);

        Assert.Contains(hint, error.Hint, StringComparison.Ordinal);
    }

    private string Host(string name) =>
        _store.Current.Get(ConfigKinds.DestinationRule, "default", name)!.As<DestinationRule>().Host;

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static string Rule(string name, string host) =>
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
        + $"metadata: {{name: {name}}}\nspec: {{host: {host}}}\n";
}
