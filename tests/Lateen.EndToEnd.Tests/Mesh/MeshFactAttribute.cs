using Lateen.Local;
using Lateen.Local.Hosting;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Mesh;

/// <summary>A test that runs a mesh on this machine; skipped with a clear word where it cannot.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MeshFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> _obstacle = new(FindObstacle);

    public MeshFactAttribute(params string[] peers)
    {
        Peers = peers;
        Skip = _obstacle.Value
            ?? (peers.FirstOrDefault(p => Peer.Find(p) is null) is { } absent
                ? $"the program {absent} is absent: install it, or set LATEEN_SHARED to the folder with tools/peer"
                : null);
    }

    /// <summary>Programs besides our own.</summary>
    public string[] Peers { get; }

    private static string? FindObstacle()
    {
        if (LateenProgram.Find() is null)
        {
            return "LATEEN_BIN names no executable: run ./lateen build, or this by ./lateen test e2e";
        }

        if (!File.Exists("/usr/bin/python3"))
        {
            return "needs python3, which the mesh's services are written in";
        }

        try
        {
            Isolation.Find();
            return null;
        }
        catch (LocalException e)
        {
            return e.Message;
        }
    }
}
