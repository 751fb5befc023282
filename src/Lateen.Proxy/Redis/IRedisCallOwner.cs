namespace Lateen.Proxy.Redis;

/// <summary>Who waits for the reply to a command that was sent to a host.</summary>
internal interface IRedisCallOwner
{
    /// <summary>The reply, a whole frame; good during the call only.</summary>
    void OnReply(int index, ReadOnlySpan<byte> frame);

    /// <summary>There will be none: the host could not be reached, or was silent too long.</summary>
    void OnFailure(int index);
}
