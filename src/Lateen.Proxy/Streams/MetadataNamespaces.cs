namespace Lateen.Proxy.Streams;

/// <summary>Names under which a service is told metadata.</summary>
/// <param name="Untyped">Those of values by key.</param>
/// <param name="Typed">Those of messages.</param>
internal sealed record MetadataNamespaces(string[] Untyped, string[] Typed)
{
    public static MetadataNamespaces None { get; } = new([], []);
}
