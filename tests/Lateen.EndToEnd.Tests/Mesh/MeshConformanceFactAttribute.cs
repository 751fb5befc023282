using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Mesh;

/// <summary>A test that runs cases of a suite through a mesh on this machine; skipped where either cannot be
/// had.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MeshConformanceFactAttribute : FactAttribute
{
    public MeshConformanceFactAttribute(string suite)
    {
        Suite = suite;
        Skip = new ConformanceFactAttribute(suite).Skip ?? new MeshFactAttribute().Skip;
    }

    public string Suite { get; }
}
