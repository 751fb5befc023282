using System.Buffers.Text;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Compression;

/// <summary>What a compressor does in one direction. Source: <c>compressor.v3.Compressor</c>.</summary>
internal sealed class CompressionDirection(StatsScope scope, string prefix)
{
    /// <summary>Statistics of bodies.</summary>
    public int Compressed { get; } = scope.GetOrAdd($"{prefix}compressed");

    public int NotCompressed { get; } = scope.GetOrAdd($"{prefix}not_compressed");

    public int UncompressedBytes { get; } = scope.GetOrAdd($"{prefix}total_uncompressed_bytes");

    public int CompressedBytes { get; } = scope.GetOrAdd($"{prefix}total_compressed_bytes");

    public int LengthTooSmall { get; } = scope.GetOrAdd($"{prefix}content_length_too_small");

    public StatsScope Scope => scope;

    public bool IsEnabled { get; init; }

    /// <summary>Runtime key that switches the direction; null: none.</summary>
    public string? RuntimeKey { get; init; }

    /// <summary>Shorter bodies of known length are left alone.</summary>
    public long LengthMin { get; init; } = 30;

    /// <summary>Types that are compressed, in lower case.</summary>
    public required byte[][] ContentTypes { get; init; }

    /// <summary>Rules for more types.</summary>
    public StringMatcher[] TypeMatchers { get; init; } = [];

    public bool IsOn() =>
        RuntimeKey is null ? IsEnabled : RuntimeSettings.Current.GetFlag(RuntimeKey, IsEnabled);

    /// <summary>The length is unknown, or long enough; counted when it is not.</summary>
    public bool IsLongEnough(HttpStream stream, HeaderMap headers)
    {
        if (!headers.TryGet(HeaderId.ContentLength, out var text)
            || (Utf8Parser.TryParse(text, out long length, out var used) && used == text.Length
                && length >= LengthMin))
        {
            return true;
        }
        scope.Add(stream.Worker.Index, LengthTooSmall);
        return false;
    }

    public bool IsTypeAllowed(HeaderMap headers)
    {
        if (!headers.TryGet(HeaderId.ContentType, out var type))
        {
            return true;
        }
        var end = type.IndexOf((byte)';');
        type = (end < 0 ? type : type[..end]).Trim((byte)' ');
        foreach (var known in ContentTypes)
        {
            if (Ascii.EqualsIgnoreCase(type, known))
            {
                return true;
            }
        }
        foreach (var matcher in TypeMatchers)
        {
            if (matcher.IsMatch(type))
            {
                return true;
            }
        }
        return false;
    }
}
