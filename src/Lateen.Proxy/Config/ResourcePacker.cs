using Google.Protobuf;

namespace Lateen.Proxy.Config;

/// <summary>
/// Packs resources of one kind over what they have in common. What finds little of itself in the basis is added to it,
/// so that after the first resources of each sort the rest takes little. Calls come one at a time.
/// </summary>
internal sealed class ResourcePacker
{
    private const int BasisBytesMax = 4096;
    private const int BytesMin = 32;
    // What takes more than a fifth of its length adds to the basis while that has room.
    private const int BasisShare = 5;

    private byte[] _basis = [];
    private string _version = "";

    /// <summary>A resource as it came, with little memory.</summary>
    public ResourceVersion Keep(ByteString source, string version, DateTimeOffset at)
    {
        _version = version == _version ? _version : version;
        return new ResourceVersion(Pack(source), _version, at);
    }

    /// <summary>Bytes alone; those of one kind are mostly alike.</summary>
    public PackedBytes Pack(ByteString source)
    {
        var packed = PackedBytes.Pack(source.Span, _basis);
        if (source.Length is < BytesMin or > BasisBytesMax || packed.PackedLength * BasisShare < source.Length)
        {
            return packed;
        }
        var isFull = _basis.Length + source.Length > BasisBytesMax;
        if (isFull && packed.PackedLength * 2 < source.Length)
        {
            return packed;
        }
        // Those before keep the basis that they were packed over.
        _basis = isFull ? [.. source.Span] : [.. _basis, .. source.Span];
        return PackedBytes.Pack(source.Span, _basis);
    }
}
