namespace Lateen.Grpc.Tests;

/// <summary>Tells how far the method that never answers has come.</summary>
internal sealed class HangProbe
{
    internal TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
