namespace Lateen.Http.Http2;

/// <summary>What a header block belongs to.</summary>
internal enum Http2BlockKind : byte
{
    Request,
    Response,
    Trailers,
}
