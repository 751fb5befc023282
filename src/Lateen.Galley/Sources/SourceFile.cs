using System.Collections.Immutable;
using Lateen.Core;
using Lateen.Core.Yaml;

namespace Lateen.Galley;

/// <summary>What one file of a folder holds. Immutable.</summary>
internal sealed class SourceFile
{
    private SourceFile(ImmutableArray<ConfigObject> objects, ImmutableArray<ConfigObject> kept,
        ImmutableArray<ConfigError> errors, ImmutableArray<ConfigError> warnings)
    {
        Objects = objects;
        Kept = kept;
        Errors = errors;
        Warnings = warnings;
    }

    /// <summary>Good objects, in the order written.</summary>
    public ImmutableArray<ConfigObject> Objects { get; }

    /// <summary>Last good versions of objects that are broken now.</summary>
    public ImmutableArray<ConfigObject> Kept { get; }

    public ImmutableArray<ConfigError> Errors { get; }

    public ImmutableArray<ConfigError> Warnings { get; }

    /// <summary>Reads a text.</summary>
    /// <param name="path">Named in errors.</param>
    /// <param name="text">The content.</param>
    /// <param name="decoder">Makes objects of documents.</param>
    /// <param name="before">What the file held before; null for a new one.</param>
    public static SourceFile Read(string path, string text, ConfigDecoder decoder, SourceFile? before)
    {
        var stream = YamlReader.Read(text, path);
        var objects = ImmutableArray.CreateBuilder<ConfigObject>();
        var errors = stream.Errors.ToBuilder();
        var warnings = ImmutableArray.CreateBuilder<ConfigError>();
        var brokenKeys = new HashSet<ConfigKey>();
        // A document that cannot be parsed, or named, may have been any object that the file held.
        var someUnknown = !stream.Errors.IsEmpty;
        foreach (var document in stream.Documents)
        {
            var source = MeshDocument.Is(path, document) ? MeshDocument.ToConfigMap(document) : document;
            foreach (var decoded in decoder.Decode(source))
            {
                errors.AddRange(decoded.Result.Errors);
                warnings.AddRange(decoded.Result.Warnings);
                if (decoded.Config is { } good)
                {
                    objects.Add(good);
                }
                else if (decoded.Key is { } key)
                {
                    brokenKeys.Add(key);
                }
                else
                {
                    someUnknown |= !decoded.Result.IsValid;
                }
            }
        }

        var goodKeys = objects.Select(o => o.Key).ToHashSet();
        var kept = before is null ? [] : before.Objects.Concat(before.Kept)
            .Where(o => !goodKeys.Contains(o.Key) && (someUnknown || brokenKeys.Contains(o.Key)))
            .DistinctBy(o => o.Key);
        return new SourceFile(objects.DrainToImmutable(), [.. kept], errors.ToImmutable(), warnings.DrainToImmutable());
    }

    /// <summary>The file cannot be read at the moment: everything it held stays.</summary>
    public static SourceFile Unreadable(string path, string reason, SourceFile? before)
    {
        var error = new ConfigError("", "source.unreadable", $"the file cannot be read: {reason}", null, path);
        return new SourceFile([], before is null ? [] : [.. before.Objects, .. before.Kept], [error], []);
    }
}
