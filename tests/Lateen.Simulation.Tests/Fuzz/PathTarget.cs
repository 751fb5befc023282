using System.Text;
using Lateen.Proxy;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>Paths: the canonical form begins with a slash, has no dot segments, and is its own canonical
/// form.</summary>
internal sealed class PathTarget : IFuzzTarget
{
    public string Name => "path";

    public long CasesByDefault => 50_000;

    public void Run(FuzzInput input)
    {
        var path = new StringBuilder();
        for (var i = input.Below(10); i > 0; i--)
        {
            path.Append(input.Pick("/", "/", ".", "..", "%2e", "%2E%2e", "%2f", "%5c", "\\", "a", "%41", "%", "%0",
                ";x", "%00", "~", "//"));
        }

        var bytes = Encoding.Latin1.GetBytes("/" + path);
        var (first, second) = (new ByteBuffer(), new ByteBuffer());
        if (!PathNormalizer.TryCanonicalize(bytes, first))
        {
            return;
        }

        var text = Encoding.Latin1.GetString(first.Written);
        Assert.StartsWith("/", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/../", text + "/", StringComparison.Ordinal);
        Assert.DoesNotContain("/./", text + "/", StringComparison.Ordinal);
        Assert.DoesNotContain("%2e", text, StringComparison.OrdinalIgnoreCase);
        Assert.True(PathNormalizer.TryCanonicalize(first.Written, second));
        Assert.Equal(text, Encoding.Latin1.GetString(second.Written));
        _ = QueryString.TryGet(bytes, "a"u8, out _);
        _ = UriTemplate.TryParse("/" + path, out _, out _);
    }
}
