using Google.Protobuf;

namespace Lateen.Proxy.Config;

/// <summary>A resource as it came: its bytes, which are unpacked at each look, version and when.</summary>
internal sealed record ResourceVersion(PackedBytes Packed, string Version, DateTimeOffset UpdatedAt)
{
    public ResourceVersion(ByteString source, string version, DateTimeOffset updatedAt)
        : this(PackedBytes.Pack(source.Span, []), version, updatedAt)
    {
    }

    /// <summary>The bytes; another object at each call.</summary>
    public ByteString Source => UnsafeByteOperations.UnsafeWrap(Packed.Unpack());

    /// <summary>Whether it is made of these bytes.</summary>
    public bool Is(ByteString source) => Packed.Length == source.Length && Source.Equals(source);
}
