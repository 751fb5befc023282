namespace Lateen.Grpc;

/// <summary>
/// How a call ended. <paramref name="Details"/> is an encoded google.rpc.Status, carried as
/// <c>grpc-status-details-bin</c>; null where there is none.
/// </summary>
public sealed record GrpcStatus(GrpcStatusCode Code, string Message = "", byte[]? Details = null)
{
    /// <summary>Success.</summary>
    public static GrpcStatus Ok { get; } = new(GrpcStatusCode.Ok);

    /// <summary>Whether the call succeeded.</summary>
    public bool IsOk => Code == GrpcStatusCode.Ok;

    /// <inheritdoc/>
    public override string ToString() => Message.Length == 0 ? $"{Code}" : $"{Code}: {Message}";
}
