namespace Lateen.Xds.Client;

/// <summary>Takes what the control plane sends. Calls come one at a time, in the order of the stream.</summary>
public interface IXdsHandler
{
    /// <summary>
    /// Applies one response. The bytes in it are valid until the task completes; no request is sent meanwhile, so that
    /// subscriptions that follow from it go out together. What is rejected is named in the result; the rest counts as
    /// held.
    /// </summary>
    ValueTask<XdsVerdict> ApplyAsync(XdsUpdate update, CancellationToken cancellation);

    /// <summary>A response was refused as a whole before it could be applied.</summary>
    void OnRejected(string typeUrl, string error)
    {
    }

    /// <summary>A stream is open; nothing has come by it yet.</summary>
    void OnOpened()
    {
    }

    /// <summary>A request is held back by the limit; <paramref name="waiting"/> wait now, 0: no more.</summary>
    void OnRequestsHeldBack(int waiting)
    {
    }

    /// <summary>A stream delivered its first response.</summary>
    void OnConnected();

    /// <summary>The stream broke or could not be opened; what was received stays in force and a new stream is
    /// tried.</summary>
    void OnDisconnected(Grpc.GrpcStatus status);
}
