namespace Lateen.EndToEnd.Tests.Mesh;

/// <summary>A test that runs a mesh without namespaces, which any user may; skipped where it was not built.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LoopbackFactAttribute : FactAttribute
{
    public LoopbackFactAttribute() => Skip =
        LateenProgram.Find() is null
            ? "LATEEN_BIN names no executable: run ./lateen build, or this by ./lateen test e2e"
        : !File.Exists("/usr/bin/python3") ? "needs python3, which the mesh's services are written in" : null;
}
