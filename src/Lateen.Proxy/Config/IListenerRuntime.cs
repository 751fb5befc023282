using Lateen.Proxy.Addresses;
using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Config;

/// <summary>
/// What the configuration side tells the workers about listeners. The data path implements it with sockets; validation
/// and tests
/// without. Thread: the configuration's, one call at a time.
/// </summary>
internal interface IListenerRuntime
{
    /// <summary>
    /// Puts a listener into force on all workers. With <paramref name="previous"/> of the same name: <paramref
    /// name="inPlace"/> tells
    /// that only filter chains differ, so that connections of chains found in both stay; otherwise all of the previous
    /// one's
    /// connections drain, and its sockets are taken over where the addresses are equal. Returns null, or why it could
    /// not be done
    /// (a port in use), in which case nothing has changed.
    /// </summary>
    string? ApplyListener(Listener next, Listener? previous, bool inPlace);

    /// <summary>Stops accepting and drains the connections.</summary>
    void RemoveListener(Listener listener);

    /// <summary>
    /// Drains all listeners, or those with inbound traffic. Not graceful: accepting ends at once. Graceful: it ends
    /// when the drain
    /// time is over, unless <paramref name="skipExit"/>.
    /// </summary>
    void DrainListeners(bool inboundOnly, bool graceful, bool skipExit);

    /// <summary>The addresses that a listener has, with the port that the kernel chose.</summary>
    IReadOnlyList<Address> GetAddresses(string listenerName);
}
