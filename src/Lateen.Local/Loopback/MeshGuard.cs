using System.Diagnostics;

namespace Lateen.Local.Loopback;

/// <summary>The program that waits for a mesh's end (<see cref="ProcessMark"/>). Disposing it lets it end what is left,
/// and waits for that.</summary>
internal sealed class MeshGuard(Process process) : IDisposable
{
    private bool _ended;

    public void Dispose()
    {
        if (!_ended)
        {
            _ended = true;
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
