using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <summary>The last network filter of a chain: it owns the bytes of the downstream connection.</summary>
internal abstract class TerminalFilter
{
    /// <summary>The connection is ready (TLS done); bytes may be in its input already.</summary>
    internal abstract void Start();

    internal abstract void OnData();

    internal abstract void OnEndOfStream();

    internal abstract void OnClosed(CloseReason reason);

    internal virtual void OnAboveHighWatermark()
    {
    }

    internal virtual void OnBelowLowWatermark()
    {
    }

    /// <summary>End the connection as soon as it does no harm.</summary>
    internal virtual void OnDrain()
    {
    }
}
