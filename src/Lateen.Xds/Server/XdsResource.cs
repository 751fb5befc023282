using System.Collections.Immutable;
using System.Security.Cryptography;
using Google.Protobuf;
using Lateen.Xds.Wire;

namespace Lateen.Xds.Server;

/// <summary>
/// One encoded resource, immutable and shared by all streams that carry it. Its bytes are referred to when it is sent;
/// they are never encoded again.
/// </summary>
public class XdsResource : IEquatable<XdsResource>
{
    private readonly ImmutableArray<ReadOnlyMemory<byte>> _pieces;
    private byte[]? _deltaPrefix;
    private byte[]? _sotwPrefix;

    /// <summary>A resource of its parts.</summary>
    /// <param name="typeUrl">Type of the resource.</param>
    /// <param name="name">Name under which it is subscribed.</param>
    /// <param name="version">
    /// Equal versions of a name mean equal bytes: a client that reconnects, to whichever replica, is not sent what it
    /// holds. Best a hash of the content, as <c>Create</c> makes it.
    /// </param>
    /// <param name="body">The encoded message. Must not change.</param>
    public XdsResource(string typeUrl, string name, string version, ReadOnlyMemory<byte> body)
        : this(typeUrl, name, version, [body])
    {
    }

    /// <summary>A resource whose message consists of pieces, some of which other resources share.</summary>
    /// <param name="typeUrl">Type of the resource.</param>
    /// <param name="name">Name under which it is subscribed.</param>
    /// <param name="version">As for a resource of one piece.</param>
    /// <param name="pieces">The encoded message, piece after piece. Must not change.</param>
    public XdsResource(
        string typeUrl, string name, string version, ImmutableArray<ReadOnlyMemory<byte>> pieces)
    {
        TypeUrl = typeUrl;
        Name = name;
        Version = version;
        _pieces = pieces;
        foreach (var piece in pieces)
        {
            Length = checked(Length + piece.Length);
        }
    }

    /// <summary>Type of the resource.</summary>
    public string TypeUrl { get; }

    /// <summary>Name under which it is subscribed.</summary>
    public string Name { get; }

    /// <summary>Version of its content.</summary>
    public string Version { get; }

    /// <summary>Size of the encoded message in bytes.</summary>
    public int Length { get; }

    /// <summary>The encoded message, piece after piece.</summary>
    public ReadOnlySpan<ReadOnlyMemory<byte>> Pieces => _pieces.AsSpan();

    /// <summary>The encoded message in one piece: a copy where it has several.</summary>
    public ReadOnlyMemory<byte> Body => _pieces.Length == 1 ? _pieces[0] : Flatten();

    /// <summary>Other names by which it may be asked for (virtual-host discovery). Default none.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];

    /// <summary>
    /// Resources that the client needs again after a change of this one, though they are unchanged: a cluster that is
    /// replaced warms only when its endpoints arrive anew. Default none.
    /// </summary>
    public ImmutableArray<XdsResourceName> Dependents { get; init; } = [];

    /// <summary>A resource whose version is a hash of its bytes (64 bits of SHA-256, in hexadecimal).</summary>
    public static XdsResource Create(string typeUrl, string name, ReadOnlyMemory<byte> body) =>
        new(typeUrl, name, HashVersion(body.Span), body);

    /// <summary>A resource of a message, encoded here, versioned by hash.</summary>
    public static XdsResource Create(string typeUrl, string name, IMessage message) =>
        Create(typeUrl, name, message.ToByteArray());

    /// <summary>The version that <c>Create</c> gives these bytes.</summary>
    public static string HashVersion(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return Convert.ToHexStringLower(hash[..8]);
    }

    /// <summary>Equal when type, name and version are, because then the bytes are.</summary>
    public bool Equals(XdsResource? other) => ReferenceEquals(this, other)
        || (other is not null && Name == other.Name && Version == other.Version && TypeUrl == other.TypeUrl);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as XdsResource);

    /// <inheritdoc/>
    public sealed override int GetHashCode() => Version.GetHashCode(StringComparison.Ordinal);

    /// <summary>What stands before <see cref="Body"/> when it is an entry of a delta response.</summary>
    internal ReadOnlyMemory<byte> DeltaPrefix => _deltaPrefix ??= ResponseFraming.BuildDeltaPrefix(this);

    /// <summary>What stands before <see cref="Body"/> when it is an entry of a state-of-the-world response.</summary>
    internal ReadOnlyMemory<byte> SotwPrefix => _sotwPrefix ??= ResponseFraming.BuildSotwPrefix(this);

    private byte[] Flatten()
    {
        var body = new byte[Length];
        var at = 0;
        foreach (var piece in _pieces)
        {
            piece.Span.CopyTo(body.AsSpan(at));
            at += piece.Length;
        }

        return body;
    }
}
