namespace Lateen.Proxy.ExtAuthz;

/// <summary>What the service gets of a request's body. Source: <c>ext_authz.v3.BufferSettings</c>.</summary>
/// <param name="BytesMax">Bytes for the service; zero: none.</param>
/// <param name="AllowPartial">A longer body is cut instead of refused.</param>
/// <param name="PackAsBytes">A gRPC service gets bytes instead of text.</param>
internal sealed record ExtAuthzBody(int BytesMax, bool AllowPartial, bool PackAsBytes)
{
    public static ExtAuthzBody None { get; } = new(0, false, false);
}
