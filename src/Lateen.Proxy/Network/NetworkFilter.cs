namespace Lateen.Proxy.Network;

/// <summary>
/// A network filter on one connection, before the terminal one. It may hold the connection up, at its beginning or at
/// its first data, and lets it go on later through the chain. Owned by the connection's worker.
/// </summary>
internal abstract class NetworkFilter
{
    /// <summary>The connection is new. False: those behind wait until <c>ContinueConnect</c> is called.</summary>
    internal virtual bool OnNewConnection() => true;

    /// <summary>All filters, the terminal one among them, know of the connection.</summary>
    internal virtual void OnStarted()
    {
    }

    /// <summary>Data has come, or the end. False: it waits until <c>ContinueData</c> is called.</summary>
    internal virtual bool OnData() => true;

    /// <summary>Data that it does not let pass is not complete: it is asked again when more has come.</summary>
    internal virtual bool HoldsIncomplete => false;

    /// <summary>It is asked with all data, not only until it has let some pass.</summary>
    internal virtual bool IsAskedAlways => false;

    /// <summary>It reads along, see <see cref="OnBytes"/>.</summary>
    internal virtual bool WatchesBytes => false;

    /// <summary>Bytes that have come from the client, or that are about to be written to it.</summary>
    internal virtual void OnBytes(ReadOnlySpan<byte> bytes, bool fromClient)
    {
    }

    /// <summary>Payload is about to be written to the client.</summary>
    internal virtual void BeforeWrite()
    {
    }

    /// <summary>The connection is over.</summary>
    internal virtual void OnClosed()
    {
    }
}
