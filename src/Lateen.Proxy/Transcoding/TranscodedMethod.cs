using Lateen.Core.Protobuf;

namespace Lateen.Proxy.Transcoding;

/// <summary>A gRPC method as a path of <c>google.api.http</c> sees it.</summary>
internal sealed record TranscodedMethod
{
    private const string HttpBody = "google.api.HttpBody";

    /// <summary>Path of the gRPC call.</summary>
    public required byte[] Path { get; init; }

    public required MessageSchema Input { get; init; }

    public required MessageSchema Output { get; init; }

    public bool StreamsIn { get; init; }

    public bool StreamsOut { get; init; }

    /// <summary>The field that the request's body is; null: the whole message.</summary>
    public FieldPath? Body { get; init; }

    /// <summary>The field that the response is; null: the whole message.</summary>
    public FieldPath? Response { get; init; }

    /// <summary>The request's body is bytes of any kind.</summary>
    public bool TakesBytes => (Body is null ? Input : Body.Message)?.FullName == HttpBody;

    /// <summary>The response is bytes of any kind.</summary>
    public bool GivesBytes => (Response is null ? Output : Response.Message)?.FullName == HttpBody;
}
