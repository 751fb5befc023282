using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Compression;

/// <summary>What a decompressor does in one direction. Source: <c>decompressor.v3.Decompressor</c>.</summary>
internal sealed class DecompressionDirection(StatsScope scope, string prefix)
{
    public int Decompressed { get; } = scope.GetOrAdd($"{prefix}decompressed");

    public int NotDecompressed { get; } = scope.GetOrAdd($"{prefix}not_decompressed");

    public int UncompressedBytes { get; } = scope.GetOrAdd($"{prefix}total_uncompressed_bytes");

    public int CompressedBytes { get; } = scope.GetOrAdd($"{prefix}total_compressed_bytes");

    public bool IsEnabled { get; init; } = true;

    /// <summary>Runtime key that switches the direction; null: none.</summary>
    public string? RuntimeKey { get; init; }

    /// <summary>Bodies are read even where <c>no-transform</c> is said.</summary>
    public bool IgnoreNoTransform { get; init; }

    public bool IsOn() =>
        RuntimeKey is null ? IsEnabled : RuntimeSettings.Current.GetFlag(RuntimeKey, IsEnabled);
}
