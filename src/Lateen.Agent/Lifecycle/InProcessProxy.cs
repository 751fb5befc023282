using System.Threading.Channels;
using Lateen.Agent.Secrets;
using Lateen.Core.Logging;
using Lateen.Proxy;

namespace Lateen.Agent.Lifecycle;

/// <summary>
/// Our own proxy within the agent's process: it gets its secrets by a call instead of a socket and speaks to the
/// control plane itself.
/// </summary>
internal sealed class InProcessProxy : IProxyProcess
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(5);

    private readonly ProxyServer _server;
    private readonly Action _onStarted;
    private readonly SecretManager _secrets;
    private readonly TimeProvider _clock;
    private readonly Logger _log;
    private readonly Backoff _backoff;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    // Names that changed; the empty one stands for "other names may be wanted".
    private readonly Channel<string> _due = Channel.CreateBounded<string>(
        new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest });

    private Task _delivery = Task.CompletedTask;

    public InProcessProxy(
        ProxyServer server,
        SecretManager secrets,
        Random random,
        TimeProvider clock,
        Logger log,
        Action onStarted)
    {
        _onStarted = onStarted;
        _server = server;
        _secrets = secrets;
        _clock = clock;
        _log = log;
        _backoff = new Backoff(_firstPause, _longestPause, random);
    }

    public Task Ended => _server.Stopped;

    /// <exception cref="IOException">A port is in use.</exception>
    public void Start()
    {
        var errors = _server.Start();
        if (errors.Count > 0)
        {
            throw new IOException($"the proxy cannot start: {string.Join("; ", errors)}");
        }
        _onStarted();
        _secrets.Changed += OnChanged;
        _server.OnWantedChanged(() => OnChanged(SecretSubscription.All));
        OnChanged(SecretSubscription.All);
        _delivery = EndOnFailureAsync(DeliverAsync());
    }

    public void Kill() => _server.Stop();

    public async ValueTask DisposeAsync()
    {
        _secrets.Changed -= OnChanged;
        await _stop.CancelAsync();
        await Task.WhenAny(_delivery, Task.Delay(_longestPause, _clock));
        _server.Dispose();
        _stop.Dispose();
    }

    /// <summary>A proxy that hears nothing any more must not live on: its end is told, and the agent starts it
    /// anew.</summary>
    private async Task EndOnFailureAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            _log.Error($"the proxy's configuration task failed and the proxy ends: {e}");
            _server.Stop();
        }
    }

    private void OnChanged(string name) => _due.Writer.TryWrite(name);

    private async Task DeliverAsync()
    {
        try
        {
            await foreach (var changed in _due.Reader.ReadAllAsync(_stop.Token))
            {
                var wanted = new SecretSubscription();
                wanted.Set(_server.WantedSecrets, "");
                foreach (var name in wanted.Affected(changed))
                {
                    if (changed != SecretSubscription.All || !_given.Contains(name))
                    {
                        await DeliverAsync(name);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The agent ends.
        }
    }

    private async Task DeliverAsync(string name)
    {
        try
        {
            var secret = await _secrets.GetAsync(name, _stop.Token);
            var errors = _server.ApplySecret(SecretEncoding.Encode(secret));
            if (errors.Count > 0)
            {
                _log.Error($"the proxy refused the secret {name}: {string.Join("; ", errors)}");
                return;
            }
            _given.Add(name);
            _backoff.Reset();
        }
        catch (SecretUnavailableException e)
        {
            _log.Debug($"the secret {name} is not there yet: {e.Message}");
            _ = AskAgainAsync();
        }
    }

    private async Task AskAgainAsync()
    {
        try
        {
            await Task.Delay(_backoff.Next(), _clock, _stop.Token);
            OnChanged(SecretSubscription.All);
        }
        catch (OperationCanceledException)
        {
            // The agent ends.
        }
    }
}
