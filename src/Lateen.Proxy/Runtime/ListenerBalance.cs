using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// Hands each new connection of a listener to the worker that has fewest of it (<c>exact_balance</c>). One for all
/// workers of a listener. Two that accept at the same instant may see the same counts.
/// </summary>
internal sealed class ListenerBalance(ActiveListener[] listeners)
{
    private readonly long[] _counts = new long[listeners.Length];

    /// <summary>Takes a place for a new connection; true when it goes to another worker, and is on its way there.
    /// Thread: the worker that accepted.</summary>
    internal bool TryPass(ActiveListener from, int descriptor, in NetAddress peer)
    {
        var (own, least) = (Array.IndexOf(listeners, from), 0);
        for (var i = 1; i < _counts.Length; i++)
        {
            if (Volatile.Read(ref _counts[i]) < Volatile.Read(ref _counts[least]))
            {
                least = i;
            }
        }

        if (Volatile.Read(ref _counts[own]) <= Volatile.Read(ref _counts[least]))
        {
            least = own;
        }

        Interlocked.Increment(ref _counts[least]);
        if (least == own)
        {
            return false;
        }

        var (target, address) = (listeners[least], peer);
        if (target.Worker.Loop.TryPost(_ => target.Adopt(descriptor, address), null))
        {
            return true;
        }

        // Its mailbox is full: the connection stays where it is.
        Interlocked.Decrement(ref _counts[least]);
        Interlocked.Increment(ref _counts[own]);
        return false;
    }

    /// <summary>A connection has ended. Thread: the listener's worker.</summary>
    internal void Leave(ActiveListener listener) =>
        Interlocked.Decrement(ref _counts[Array.IndexOf(listeners, listener)]);
}
