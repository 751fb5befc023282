using Lateen.Grpc;

namespace Lateen.Proxy.Discovery;

/// <summary>A message on its way from another thread into a call, framed.</summary>
internal sealed class GrpcWrite(byte[] bytes)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal byte[] Bytes => bytes;

    /// <summary>There is room for more, or the call is over.</summary>
    internal Task Done => _done.Task;

    internal void Complete() => _done.TrySetResult();

    internal void Fail() =>
        _done.TrySetException(new GrpcException(GrpcStatusCode.Unavailable, "the call is over"));
}
