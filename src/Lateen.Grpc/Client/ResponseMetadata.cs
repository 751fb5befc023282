using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Lateen.Grpc.Wire;

namespace Lateen.Grpc.Client;

/// <summary>Reads status and metadata out of HTTP responses.</summary>
internal static class ResponseMetadata
{
    /// <summary>Metadata of headers or trailers, without what belongs to the protocol.</summary>
    internal static GrpcMetadata Read(HttpHeaders headers)
    {
        var metadata = new GrpcMetadata();
        foreach (var header in headers.NonValidated)
        {
            if (!GrpcMetadata.IsApplicationName(header.Key))
            {
                continue;
            }

            foreach (var value in header.Value)
            {
                metadata.AddRaw(header.Key.ToLowerInvariant(), value);
            }
        }

        return metadata;
    }

    /// <summary>The status of a response that is not gRPC at all; null when it is.</summary>
    internal static GrpcStatus? CheckHttp(HttpResponseMessage response)
    {
        if (Find(response.Headers, GrpcHeaders.Status) is not null)
        {
            return null;
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            return new GrpcStatus(OfHttp(response.StatusCode), $"HTTP status {(int)response.StatusCode}");
        }

        var type = response.Content.Headers.NonValidated.TryGetValues("content-type", out var values)
            ? values.ToString()
            : null;
        return GrpcHeaders.IsGrpcContentType(type)
            ? null
            : new GrpcStatus(GrpcStatusCode.Unknown, $"the response's content type is '{type}'");
    }

    /// <summary>Whether a response consists of headers only: the call ended with them.</summary>
    internal static bool HasStatus(HttpHeaders headers) => Find(headers, GrpcHeaders.Status) is not null;

    /// <summary>The status in the trailers or, in a response of headers only, in the headers.</summary>
    internal static GrpcStatus ReadStatus(HttpResponseMessage response)
    {
        HttpHeaders source = Find(response.TrailingHeaders, GrpcHeaders.Status) is not null
            ? response.TrailingHeaders
            : response.Headers;
        if (Find(source, GrpcHeaders.Status) is not { } text ||
            !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code))
        {
            return new GrpcStatus(GrpcStatusCode.Internal, "the response ends without a status");
        }

        var details = Find(source, GrpcHeaders.StatusDetails) is { } encoded ? GrpcMetadata.DecodeBase64(encoded)
            : null;
        return new GrpcStatus(
            code is >= 0 and <= (int)GrpcStatusCode.Unauthenticated ? (GrpcStatusCode)code : GrpcStatusCode.Unknown,
            StatusMessage.Decode(Find(source, GrpcHeaders.Message) ?? ""),
            details);
    }

    internal static GrpcMetadata ReadTrailers(HttpResponseMessage response) =>
        Read(Find(response.TrailingHeaders, GrpcHeaders.Status) is not null ? response.TrailingHeaders
            : response.Headers);

    internal static string? Find(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    /// <summary>gRPC's table of HTTP statuses (http-grpc-status-mapping.md).</summary>
    private static GrpcStatusCode OfHttp(HttpStatusCode status) => (int)status switch
    {
        400 => GrpcStatusCode.Internal,
        401 => GrpcStatusCode.Unauthenticated,
        403 => GrpcStatusCode.PermissionDenied,
        404 => GrpcStatusCode.Unimplemented,
        429 or 502 or 503 or 504 => GrpcStatusCode.Unavailable,
        _ => GrpcStatusCode.Unknown,
    };
}
