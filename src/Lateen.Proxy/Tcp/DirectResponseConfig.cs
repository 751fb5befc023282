using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Tcp;

/// <summary>The network filters <c>direct_response</c> (writes bytes and closes) and <c>echo</c>.</summary>
internal sealed class DirectResponseConfig : NetworkFilterConfig
{
    public override bool IsTerminal => true;

    public byte[] Response { get; init; } = [];

    /// <summary>Send back what comes, until the client ends.</summary>
    public bool IsEcho { get; init; }
}
