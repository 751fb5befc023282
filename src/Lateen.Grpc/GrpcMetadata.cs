using System.Collections;
using System.Text;

namespace Lateen.Grpc;

/// <summary>
/// Headers or trailers of a call: names in lower case, in order, repeats allowed. Values of names that end in
/// <c>-bin</c> are bytes, carried in base64. Reserved names (<c>:…</c>, <c>grpc-…</c>, <c>content-type</c>, <c>te</c>)
/// are refused.
/// </summary>
public sealed class GrpcMetadata : IEnumerable<KeyValuePair<string, string>>
{
    private const string BinarySuffix = "-bin";
    private readonly List<KeyValuePair<string, string>> _entries = [];
    private readonly bool _readOnly;

    /// <summary>Empty metadata to fill.</summary>
    public GrpcMetadata()
    {
    }

    private GrpcMetadata(bool readOnly) => _readOnly = readOnly;

    /// <summary>Metadata without entries that takes none.</summary>
    public static GrpcMetadata Empty { get; } = new(readOnly: true);

    /// <summary>How many entries.</summary>
    public int Count => _entries.Count;

    /// <summary>Adds a text entry. The value must be printable ASCII.</summary>
    public void Add(string name, string value)
    {
        CheckName(name);
        foreach (var c in value)
        {
            if (c is < ' ' or > '~')
            {
                throw new ArgumentException($"metadata {name}: value is not printable ASCII", nameof(value));
            }
        }

        AddRaw(name, value);
    }

    /// <summary>Adds a binary entry; the name must end in <c>-bin</c>.</summary>
    public void Add(string name, ReadOnlySpan<byte> value)
    {
        CheckName(name);
        if (!name.EndsWith(BinarySuffix, StringComparison.Ordinal))
        {
            throw new ArgumentException($"metadata {name}: binary values need a name ending in -bin", nameof(name));
        }

        AddRaw(name, Convert.ToBase64String(value).TrimEnd('='));
    }

    /// <summary>The first value of a text entry, or null.</summary>
    public string? Get(string name)
    {
        foreach (var entry in _entries)
        {
            if (entry.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return entry.Value;
            }
        }

        return null;
    }

    /// <summary>The first value of a binary entry, or null where there is none or it is not base64.</summary>
    public byte[]? GetBinary(string name) => Get(name) is { } text ? DecodeBase64(text) : null;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Takes over an entry as it stood on the wire.</summary>
    internal void AddRaw(string name, string value)
    {
        if (_readOnly)
        {
            throw new InvalidOperationException("this metadata is read-only");
        }

        _entries.Add(new(name, value));
    }

    /// <summary>Whether a header of the HTTP layer is metadata of the application.</summary>
    internal static bool IsApplicationName(string name) =>
        !name.StartsWith(':') && !name.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase)
            && name.ToLowerInvariant()
            is not ("content-type" or "te" or "host" or "content-length" or "transfer-encoding" or "connection"
                or "trailer");

    internal static byte[]? DecodeBase64(string text)
    {
        // gRPC allows padded and unpadded base64; several values of one name may come joined by commas.
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        var first = (comma < 0 ? text : text[..comma]).Trim().TrimEnd('=');
        var padded = first.PadRight((first.Length + 3) / 4 * 4, '=');
        var bytes = new byte[Encoding.ASCII.GetByteCount(padded)];
        return Convert.TryFromBase64String(padded, bytes, out var count) ? bytes[..count] : null;
    }

    private static void CheckName(string name)
    {
        var valid = name.Length > 0 && IsApplicationName(name);
        foreach (var c in name)
        {
            valid &= c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_' or '.';
        }

        if (!valid)
        {
            throw new ArgumentException($"metadata name {name} is reserved or not lower-case ASCII", nameof(name));
        }
    }
}
