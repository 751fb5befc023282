using Lateen.Proxy.Addresses;
using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Config;

/// <summary>No sockets: for <c>--mode validate</c> and before the workers are there.</summary>
internal sealed class NoListenerRuntime : IListenerRuntime
{
    public string? ApplyListener(Listener next, Listener? previous, bool inPlace) => null;

    public void RemoveListener(Listener listener)
    {
    }

    public void DrainListeners(bool inboundOnly, bool graceful, bool skipExit)
    {
    }

    public IReadOnlyList<Address> GetAddresses(string listenerName) => [];
}
