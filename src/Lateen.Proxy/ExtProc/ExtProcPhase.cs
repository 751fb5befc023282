namespace Lateen.Proxy.ExtProc;

/// <summary>What one direction of a stream waits for.</summary>
internal enum ExtProcPhase : byte
{
    Idle,
    Headers,
    BufferedBody,
    Trailers,
}
