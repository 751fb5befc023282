using System.Text;

namespace Lateen.Http;

/// <summary>
/// A header name prepared once, at configuration time, for cheap look-ups in a <see cref="HeaderMap"/>: lower-case
/// bytes and the interned id if there is one.
/// </summary>
public readonly struct HeaderName : IEquatable<HeaderName>
{
    private readonly byte[]? _bytes;

    private HeaderName(byte[] bytes, HeaderId id)
    {
        _bytes = bytes;
        Id = id;
    }

    /// <summary>The interned id, or <see cref="HeaderId.None"/>.</summary>
    public HeaderId Id { get; }

    /// <summary>The lower-case name.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Prepares a name given in any case. <c>host</c> becomes <c>:authority</c>, as in Envoy's header
    /// maps.</summary>
    public static HeaderName Create(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Create(Encoding.ASCII.GetBytes(name));
    }

    /// <summary>Prepares a name given in any case.</summary>
    public static HeaderName Create(ReadOnlySpan<byte> name)
    {
        var lower = new byte[name.Length];
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            lower[i] = c is >= (byte)'A' and <= (byte)'Z' ? (byte)(c | 0x20) : c;
        }

        var id = HeaderIds.Find(lower);
        return id == HeaderId.Host
            ? new HeaderName(HeaderIds.NameOf(HeaderId.Authority).ToArray(), HeaderId.Authority)
            : new HeaderName(lower, id);
    }

    /// <summary>The name of an interned id.</summary>
    public static HeaderName Of(HeaderId id) => new(HeaderIds.NameOf(id).ToArray(), id);

    /// <inheritdoc/>
    public bool Equals(HeaderName other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is HeaderName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => Encoding.ASCII.GetString(Bytes);

    /// <summary>Equality of the lower-case names.</summary>
    public static bool operator ==(HeaderName left, HeaderName right) => left.Equals(right);

    /// <summary>Inequality of the lower-case names.</summary>
    public static bool operator !=(HeaderName left, HeaderName right) => !left.Equals(right);
}
