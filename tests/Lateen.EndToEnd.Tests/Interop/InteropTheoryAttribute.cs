using Lateen.EndToEnd.Tests.Mesh;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Interop;

/// <summary>A test of the built proxy with other people's programs; skipped with a clear word where one is
/// absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InteropTheoryAttribute : TheoryAttribute
{
    public InteropTheoryAttribute(params string[] names)
    {
        if (LateenProgram.Find() is null)
        {
            Skip = "LATEEN_BIN names no executable; ./lateen test e2e sets it";
        }
        else if (Array.Find(names, name => Peer.Find(name) is null) is { } missing)
        {
            Skip = $"the program {missing} is absent: ./lateen setup installs it, or set LATEEN_SHARED";
        }
    }
}
