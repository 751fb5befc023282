namespace Lateen.Grpc.Wire;

/// <summary>Header names and values of gRPC over HTTP/2.</summary>
internal static class GrpcHeaders
{
    internal const string ContentType = "application/grpc";
    internal const string Status = "grpc-status";
    internal const string Message = "grpc-message";
    internal const string StatusDetails = "grpc-status-details-bin";
    internal const string Timeout = "grpc-timeout";
    internal const string Encoding = "grpc-encoding";
    internal const string AcceptEncoding = "grpc-accept-encoding";
    internal const string AcceptedEncodings = "identity,gzip";

    internal static bool IsGrpcContentType(string? contentType) =>
        contentType is not null && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) &&
        (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';' or ' ');
}
