using System.Threading.Channels;

namespace Lateen.Xds.Client;

/// <summary>Lets one through at a time, without a thread that waits.</summary>
internal sealed class Turnstile
{
    private readonly Channel<bool> _free = Channel.CreateBounded<bool>(1);

    internal Turnstile() => Leave();

    /// <summary>Completes when the others have left.</summary>
    internal async ValueTask EnterAsync(CancellationToken cancellation) => await _free.Reader.ReadAsync(cancellation);

    internal void Leave() => _free.Writer.TryWrite(true);
}
