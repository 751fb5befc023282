using System.Text;
using Lateen.Proxy.Runtime;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>First lines: whoever is told to be HTTP stays it with more bytes behind.</summary>
internal sealed class HttpInspectorTarget : IFuzzTarget
{
    public string Name => "http-inspector";

    public long CasesByDefault => 50_000;

    public void Run(FuzzInput input)
    {
        var bytes = input.Mutate(Encoding.Latin1.GetBytes(input.Pick(
            "GET / HTTP/1.1\r\nhost: a\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "POST /a HTTP/1.0\r\n",
            "OPTIONS * HTTP/1.1\n", "\u0016\u0003\u0001", input.Text("GETPOS /HTP1.0\r\n", 40))));
        if (bytes.Length == 0)
        {
            return;
        }

        var whole = HttpInspector.Inspect(bytes, out var protocols);
        var again = HttpInspector.Inspect([.. bytes, .. "more\r\n"u8], out var same);
        if (whole == InspectResult.Found)
        {
            Assert.Equal(InspectResult.Found, again);
            Assert.Equal(protocols, same);
        }
    }
}
