namespace Lateen.TestKit;

/// <summary>A test against other people's programs; skipped with a clear word where one of them is not to be
/// had.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerFactAttribute : Xunit.FactAttribute
{
    /// <summary>Skips when a program is missing.</summary>
    public PeerFactAttribute(params string[] names)
    {
        Names = names;
        foreach (var name in names)
        {
            if (Peer.Find(name) is null)
            {
                Skip = $"the program {name} is absent: install it, or set LATEEN_SHARED to the folder that "
                    + "holds tools/peer";
            }
        }
    }

    /// <summary>The programs.</summary>
    public string[] Names { get; }
}
