using Envoy.Config.Bootstrap.V3;
using Lateen.Proxy.Config;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tests.Config;

/// <summary>What values of runtime layers stand for, and layers out of folders.</summary>
[Collection("runtime settings")]
public sealed class RuntimeLayersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lateen").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData("100", 100.0)]
    [InlineData(" 100 ", 100.0)]
    [InlineData("1e2", 100.0)]
    [InlineData("0x64", 100.0)]
    [InlineData("+100", 100.0)]
    [InlineData("true", null)]
    [InlineData("", null)]
    public void Text_OfALayer_CountsAsANumberOrNothing(string text, double? number)
    {
        var value = RuntimeValue.OfText(text);

        Assert.Equal(number, value.Number);
        Assert.Null(value.Flag);
    }

    [Theory]
    [InlineData(100.7, "100.7")]
    [InlineData(100, "100")]
    [InlineData(4294967396, "4.29497e+09")]
    [InlineData(1e300, "1e+300")]
    public void Number_IsShown_WithSixDigits(double number, string text) =>
        Assert.Equal(text, RuntimeValue.Of(number).Text);

    [Theory]
    [InlineData("{k: -5}", 70)]
    [InlineData("{k: 'no number'}", 70)]
    [InlineData("{k: true}", 70)]
    [InlineData("{k: 30.9}", 30)]
    [InlineData("{k: 1000}", 100)]
    [InlineData("{k: {numerator: 5, denominator: HUNDRED}}", 5)]
    [InlineData("{k: {denominator: HUNDRED}}", 0)]
    [InlineData("{k: {}}", 0)]
    [InlineData("{k: {numerator: 5, other: 1}}", 70)]
    public void Share_WithAKey_IsTheValuesOrTheDefault(string layer, uint percent)
    {
        var layers = Read($"{{layered_runtime: {{layers: [{{name: s, static_layer: {layer}}}]}}}}", out var errors);

        Assert.Empty(errors);
        Assert.Equal((percent, 100u), Settings(layers).GetFraction(new FractionalPercent(70, 100, "k")));
    }

    [Theory]
    [InlineData("[{name: s, static_layer: {k: [1]}}]", "Invalid runtime entry value for k")]
    [InlineData("[{name: s, static_layer: {a: {k: null}}}]", "Invalid runtime entry value for a.k")]
    [InlineData("[{name: s, static_layer: {}}, {name: s, static_layer: {}}]", "Duplicate layer name: s")]
    [InlineData("[{name: a, admin_layer: {}}, {name: b, admin_layer: {}}]", "Too many admin layers")]
    public void Layers_ThatCannotBe_AreRefused(string layers, string error)
    {
        Read($"{{layered_runtime: {{layers: {layers}}}}}", out var errors);

        Assert.Contains(error, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_HoldsValues_ByTheirPaths()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "v1", "sub", "deep"));
        File.WriteAllText(Path.Combine(_folder, "v1", "num"), "100\n");
        File.WriteAllText(Path.Combine(_folder, "v1", "sub", "deep", "k"), "# says nothing\n{numerator: 1}\n");

        var layers = Read($"{{layered_runtime: {{layers: [{{name: s, static_layer: {{num: 1, own: 2}}}}, "
            + $"{{name: d, disk_layer: {{symlink_root: {_folder}/v1}}}}]}}}}", out var errors);

        Assert.Empty(errors);
        var settings = Settings(layers);
        Assert.Equal(100, settings.GetNumber("num", 0));
        Assert.Equal(2, settings.GetNumber("own", 0));
        Assert.Equal((1u, 100u), settings.GetFraction(new FractionalPercent(70, 100, "sub.deep.k")));
    }

    [Fact]
    public void Folder_ThatIsNotThere_IsNoLayer()
    {
        var layers = Read($"{{layered_runtime: {{layers: [{{name: d, disk_layer: {{symlink_root: {_folder}/v1}}}}, "
            + "{name: a, admin_layer: {}}]}}", out var errors);

        Assert.Empty(errors);
        Assert.Equal(1, layers.LayerCount);
        Assert.Equal((2, 0), (layers.LoadCount, layers.ErrorCount));
    }

    [Fact]
    public void Folder_OfTheServiceCluster_IsCounted()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "v1", "over", "me"));

        var layers = Read($"{{node: {{cluster: me}}, layered_runtime: {{layers: [{{name: d, disk_layer: "
            + $"{{symlink_root: {_folder}/v1, subdirectory: over, append_service_cluster: true}}}}]}}}}", out _);

        Assert.Equal(2, layers.OverrideFolderCount);
    }

    [Theory]
    [InlineData("  hello \n", "  hello")]
    [InlineData("a\nb\n", "a\nb")]
    [InlineData("# a comment\n42\n# more\n", "42\n")]
    [InlineData("", "")]
    public void File_IsRead_WithoutComments(string text, string value) => Assert.Equal(value, RuntimeDisk.Strip(text));

    [Theory]
    [InlineData("true", true)]
    [InlineData("off", false)]
    [InlineData("1", null)]
    public void Text_OfTheAdminLayer_MayBeASwitch(string text, bool? flag) =>
        Assert.Equal(flag, RuntimeText.Read(text).Flag);

    private static RuntimeLayers Read(string bootstrap, out List<string> errors)
    {
        var context = new DecodeContext { Resources = TestResources.Create() };
        var before = RuntimeSettings.Current;
        using var layers = new RuntimeLayers();
        layers.Read(TestResources.Read<Bootstrap>(bootstrap), context);
        RuntimeSettings.Current = before;
        errors = [.. context.Errors.Select(error => error.Message)];
        return layers;
    }

    private static RuntimeSettings Settings(RuntimeLayers layers)
    {
        var values = new Dictionary<string, RuntimeValue>();
        foreach (var (key, value) in layers.Snapshot().SelectMany(layer => layer.Values))
        {
            values[key] = value;
        }
        return new RuntimeSettings(values);
    }
}
