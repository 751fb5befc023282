using Lateen.Proxy.Admin;

namespace Lateen.Proxy.Tapping;

/// <summary>Keeps traces for the client of the admin port until there are enough or the time is over, and ends the
/// answer with them. Source: <c>tap.v3.BufferedAdminSink</c>.</summary>
internal sealed class TapBufferSink : TapSink
{
    private const long BytesMax = 64 * 1024 * 1024;

    private readonly AdminStream _stream;
    private readonly ulong _countMax;
    private readonly List<byte[]> _traces = [];
    private readonly Lock _lock = new();
    private readonly ITimer? _timer;
    private long _bytes;
    private bool _isOver;

    /// <summary>Begins to wait.</summary>
    /// <param name="stream">The answer.</param>
    /// <param name="countMax">Traces that end it; at least one.</param>
    /// <param name="timeout">Zero: no limit.</param>
    /// <param name="clock">For the timeout.</param>
    public TapBufferSink(AdminStream stream, ulong countMax, TimeSpan timeout, TimeProvider clock)
    {
        _stream = stream;
        _countMax = countMax;
        if (timeout > TimeSpan.Zero)
        {
            _timer = clock.CreateTimer(
                static state => ((TapBufferSink)state!).Flush(), this, timeout, Timeout.InfiniteTimeSpan);
        }
    }

    public override void Append(ulong id, TapFormat format, byte[] bytes)
    {
        lock (_lock)
        {
            if (_isOver || _bytes + bytes.Length > BytesMax)
            {
                return;
            }
            _traces.Add(bytes);
            _bytes += bytes.Length;
            if ((ulong)_traces.Count < _countMax)
            {
                return;
            }
        }
        Flush();
    }

    private void Flush()
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }
            _isOver = true;
        }
        _timer?.Dispose();
        foreach (var trace in _traces)
        {
            _stream.Write(trace);
        }
        _stream.End();
    }
}
