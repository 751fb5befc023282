using Istio.Mesh.V1Alpha1;
using Lateen.Core.Logging;
using Lateen.Grpc;
using Lateen.Pilot.Model;
using Lateen.Pilot.Security;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Serving;

/// <summary>
/// Pilot as a source of xDS: changes of objects come in from any thread, are debounced, applied and pushed on the
/// graph's thread; streams connect to it.
/// </summary>
public sealed class PilotServer : IXdsSource, IAsyncDisposable
{
    private readonly PilotEngine _engine;
    private readonly Logger _log;
    private readonly TimeProvider _clock;
    private readonly Func<XdsStream, Proxy, string?> _authorize;
    private readonly GraphThread _thread;
    private readonly Debouncer<ObjectKey, (ObjectKey Key, MeshObject? Item)> _debouncer;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<string> _told = [];
    private bool _pushesJwks;

    /// <param name="engine">The engine; belongs to this server's thread from now on.</param>
    /// <param name="authorize">Why a stream may not be this proxy; null when it may.</param>
    /// <param name="debounce">How changes are gathered.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">Where messages go.</param>
    public PilotServer(
        PilotEngine engine,
        Func<XdsStream, Proxy, string?>? authorize = null,
        DebounceOptions? debounce = null,
        TimeProvider? clock = null,
        Logger? log = null)
    {
        _engine = engine;
        _authorize = authorize ?? ((_, _) => null);
        _clock = clock ?? TimeProvider.System;
        _log = log ?? Logger.None;
        _thread = new GraphThread(e => PilotLog.Failed(_log, e));
        _debouncer = new Debouncer<ObjectKey, (ObjectKey, MeshObject?)>(
            debounce ?? new DebounceOptions(), _clock, batch => _thread.Post(() => Apply(batch)));
    }

    /// <summary>Whether the first configuration has been taken in.</summary>
    public bool IsReady => _ready.Task.IsCompleted;

    /// <summary>Takes changes of objects: a null object is gone.</summary>
    public void Change(IEnumerable<(ObjectKey Key, MeshObject? Item)> changes)
        => _debouncer.Add(changes.Select(c => KeyValuePair.Create(c.Key, c)));

    /// <summary>Takes the first state of everything at once; streams are let in afterwards.</summary>
    public Task StartAsync(
        IEnumerable<MeshObject> objects, MeshConfig mesh, MeshNetworks? networks)
    {
        return _thread.RunAsync(() =>
        {
            _engine.Model.Inputs.SetMeshConfig(mesh);
            if (networks is not null)
            {
                _engine.Model.Inputs.SetNetworks(networks);
            }
            foreach (var item in objects)
            {
                _engine.Model.Inputs.Objects.Set(item.Key, item);
            }
            _ready.TrySetResult();
            return true;
        });
    }

    /// <summary>Replaces the mesh's options and pushes.</summary>
    public void ChangeMesh(MeshConfig mesh, MeshNetworks? networks)
    {
        _thread.Post(() =>
        {
            _engine.Model.Inputs.SetMeshConfig(mesh);
            _engine.Model.Inputs.SetNetworks(networks ?? new MeshNetworks());
            Apply([]);
        });
    }

    /// <summary>Takes a key set that was fetched and pushes; null when its source is not used any more.</summary>
    public void ChangeJwks(JwksSource source, string? keys)
    {
        _thread.Post(() =>
        {
            _engine.Model.Inputs.SetJwks(source, keys);
            if (!_pushesJwks)
            {
                // One push for all that wait in the queue.
                _pushesJwks = true;
                _thread.Post(() =>
                {
                    _pushesJwks = false;
                    Apply([]);
                });
            }
        });
    }

    /// <summary>Looks into the engine on its own thread, for status pages.</summary>
    public Task<T> QueryAsync<T>(Func<PilotEngine, T> look, CancellationToken cancellation = default)
        => _thread.RunAsync(() => look(_engine), cancellation);

    /// <inheritdoc/>
    public async ValueTask<IXdsSession> ConnectAsync(XdsStream stream, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(stream);
        await _ready.Task.WaitAsync(cancellation).ConfigureAwait(false);
        var proxy = NodeReader.Read(stream.Node, _engine.Model.Options.DomainSuffix, out var error);
        if (proxy is null)
        {
            PilotLog.Refused(_log, stream.Node.Id, error!);
            throw new GrpcException(GrpcStatusCode.InvalidArgument, error!);
        }
        if (_authorize(stream, proxy) is { } reason)
        {
            PilotLog.Refused(_log, stream.Node.Id, reason);
            throw new GrpcException(GrpcStatusCode.PermissionDenied, reason);
        }
        proxy = proxy with { IsAuthenticated = stream.Identity is not null };
        var served = await _thread.RunAsync(() => _engine.Connect(proxy, type => stream.Invalidate(type)), cancellation)
            .ConfigureAwait(false);
        return new Session(this, served);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _debouncer.Dispose();
        await _thread.DisposeAsync().ConfigureAwait(false);
    }

    private void Apply(IReadOnlyCollection<(ObjectKey Key, MeshObject? Item)> changes)
    {
        var started = _clock.GetTimestamp();
        var runs = _engine.Model.Graph.Counters.Runs;
        var objects = 0;
        foreach (var (key, item) in changes)
        {
            var changed = item is null
                ? _engine.Model.Inputs.Objects.Remove(key) : _engine.Model.Inputs.Objects.Set(key, item);
            objects += changed ? 1 : 0;
        }
        var resources = _engine.Push();
        PilotLog.Pushed(
            _log, objects, resources, _engine.Model.Graph.Counters.Runs - runs,
            _clock.GetElapsedTime(started).TotalMilliseconds);
        TellProblems();
    }

    private void TellProblems()
    {
        var problems = _engine.Problems.ToHashSet();
        foreach (var problem in problems.Where(p => !_told.Contains(p)))
        {
            PilotLog.LeftOut(_log, problem);
        }
        _told.Clear();
        _told.UnionWith(problems);
    }

    /// <summary>A stream's hold on what its proxy is served.</summary>
    public sealed class Session : IXdsSession
    {
        private readonly PilotServer _server;

        internal Session(PilotServer server, ServedProxy served)
        {
            _server = server;
            Served = served;
        }

        /// <summary>The proxy.</summary>
        public ServedProxy Served { get; }

        /// <inheritdoc/>
        public IXdsResources? GetResources(string typeUrl) => Served.Resources.GetValueOrDefault(typeUrl);

        /// <inheritdoc/>
        public void OnAck(XdsAck ack)
        {
            ArgumentNullException.ThrowIfNull(ack);
            if (ack.Error is not null)
            {
                PilotLog.Nack(_server._log, Served.Proxy.Id, ack.TypeUrl, ack.Error);
            }
        }

        /// <inheritdoc/>
        public void OnClosed() => _server._thread.Post(() => _server._engine.Disconnect(Served));
    }
}
