using System.Text;
using Lateen.Net;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.OAuth2;

/// <summary>
/// Keeps a token for the proxy itself fresh as long as something holds its slot: fetched at once, again after half of
/// its life, and after a pause when that fails. Runs on the main worker's loop.
/// </summary>
internal sealed class ClientToken : ITimerTarget
{
    /// <summary>Pause while the cluster or the secret has not come.</summary>
    private const long AbsentMillis = 100;

    /// <summary>What a timer takes at most; a token that lives longer is fetched earlier.</summary>
    private const long RenewMillisMax = 24L * 3600 * 1000;

    private readonly Worker _worker;
    private readonly ClientTokenSettings _settings;
    private readonly WeakReference<SecretSlot<byte[]>> _slot;
    private readonly LoopTimer _timer;

    private ClientToken(Worker worker, ClientTokenSettings settings, SecretSlot<byte[]> slot)
    {
        _worker = worker;
        _settings = settings;
        _slot = new WeakReference<SecretSlot<byte[]>>(slot);
        _timer = new LoopTimer(worker.Loop.Timers, this);
    }

    /// <summary>Fills <paramref name="slot"/> from now on. Thread: any.</summary>
    public static void Keep(Worker worker, ClientTokenSettings settings, SecretSlot<byte[]> slot)
    {
        var token = new ClientToken(worker, settings, slot);
        worker.Loop.TryPost(_ => token.Fetch(), null);
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => Fetch();

    private void Fetch()
    {
        if (!_slot.TryGetTarget(out _))
        {
            return;
        }
        if (_settings.Secret.Current is not { } secret)
        {
            _timer.Start(AbsentMillis);
            return;
        }
        var request = OAuth2TokenRequest.ForClient(
            _settings.IsBasic, _settings.ClientId, Encoding.Latin1.GetString(secret).Trim(), _settings.Scopes,
            _settings.Parameters);
        if (OAuth2TokenCall.Start(_worker, _settings.Endpoint, request, OnDone) is null)
        {
            _timer.Start(AbsentMillis);
        }
    }

    private void OnDone(int status, byte[] body)
    {
        if (!_slot.TryGetTarget(out var slot))
        {
            return;
        }
        var answer = status == 200 ? OAuth2TokenAnswer.TryParse(body, out _) : null;
        if (answer is not { AccessToken: { Length: > 0 } token, ExpiresInSeconds: { } seconds })
        {
            _timer.Start(Math.Max(1, _settings.RetryNanos / 1_000_000));
            return;
        }
        slot.Current = Encoding.UTF8.GetBytes(token);
        _timer.Start(Math.Clamp(seconds * 500, AbsentMillis, RenewMillisMax));
    }
}
