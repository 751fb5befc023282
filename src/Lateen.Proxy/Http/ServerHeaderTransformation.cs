namespace Lateen.Proxy.Http;

/// <summary>What becomes of the response's server header.</summary>
internal enum ServerHeaderTransformation : byte
{
    Overwrite,
    AppendIfAbsent,
    PassThrough,
}
