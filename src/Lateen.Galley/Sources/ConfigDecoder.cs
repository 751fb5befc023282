using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Kubernetes.Objects;
using StringMap = Google.Protobuf.Collections.MapField<string, string>;

namespace Lateen.Galley;

/// <summary>Makes configuration objects of documents: finds the kind, reads the message, validates.</summary>
/// <param name="defaultNamespace">For objects that name none; <c>default</c>, as <c>kubectl</c> has it.</param>
public sealed partial class ConfigDecoder(string defaultNamespace = "default")
{
    /// <summary>The code of errors about the kind of a document.</summary>
    public const string KindCode = "config.kind";

    /// <summary>The code of errors in the metadata.</summary>
    public const string MetadataCode = "config.metadata";

    /// <summary>The code of the error that the name is missing.</summary>
    public const string NoNameCode = "config.metadata.noName";

    private const int MaxNameLength = 253;

    private static readonly string[] _topLevel = ["apiVersion", "kind", "metadata", "spec", "status"];

    /// <summary>Decodes a document; a <c>List</c> gives one result for each item.</summary>
    public IEnumerable<DecodedObject> Decode(YamlNode document)
    {
        if (document["kind"]?.Text is "List" && document["items"] is YamlSequence items)
        {
            return items.Items.SelectMany(Decode);
        }

        return [DecodeOne(document)];
    }

    private DecodedObject DecodeOne(YamlNode document)
    {
        var errors = new List<ConfigError>();
        if (document is not YamlMapping map || document["kind"]?.Text is not { } kindName)
        {
            return Broken(document, null, Error(document, "", KindCode,
                "this document is no Kubernetes object: it has no \"kind\"",
                "An object begins with apiVersion, kind and metadata."));
        }

        var apiVersion = document["apiVersion"]?.Text ?? "";
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        var (group, version) = slash < 0 ? ("", apiVersion) : (apiVersion[..slash], apiVersion[(slash + 1)..]);
        if (FindKind(document, group, version, kindName, errors) is not { } kind)
        {
            return errors.Count == 0
                ? new DecodedObject(document, null, null, ValidationResult.Good)
                : Broken(document, null, [.. errors]);
        }

        var nameErrors = new List<ConfigError>();
        var metadata = ReadMetadata(document, errors, nameErrors);
        var key = new ConfigKey(kind, kind.Namespaced ? NamespaceOf(metadata) : "", metadata.Name);
        var spec = kind.NewSpec();
        var reader = new MessageReader(kind.IsIstio ? MessageReadOptions.Istio : MessageReadOptions.Kubernetes, errors);
        if (kind.Form == SpecForm.WholeObject)
        {
            reader.Merge(spec, document, "");
        }
        else if (map.TryGet("spec", out var specNode))
        {
            reader.Merge(spec, specNode, "spec");
        }

        if (kind.IsIstio)
        {
            CheckTopLevel(map, errors);
        }

        if (errors.Count > 0)
        {
            return Broken(document, key.Name.Length == 0 ? null : key, [.. nameErrors, .. errors]);
        }

        var made = new ConfigObject
        {
            Key = key,
            ApiVersion = apiVersion,
            Labels = ToSorted(metadata.Labels),
            Annotations = ToSorted(metadata.Annotations),
            CreationTimestamp = metadata.CreationTimestamp?.ToDateTimeOffset() ?? default,
            Spec = spec,
            Raw = document,
        };
        var result = ConfigValidator.Validate(made);
        if (nameErrors.Count > 0)
        {
            result = result with { Errors = [.. nameErrors, .. result.Errors] };
        }

        return new DecodedObject(document, key.Name.Length == 0 ? null : key, result.IsValid ? made : null, result);
    }

    private string NamespaceOf(ObjectMeta metadata) =>
        metadata.Namespace.Length == 0 ? defaultNamespace : metadata.Namespace;

    // Kinds of groups that are not ours are other people's business; misspelt ones of ours are errors.
    private static ConfigKind? FindKind(
        YamlNode document, string group, string version, string name, List<ConfigError> errors)
    {
        if (ConfigKinds.Find(group, name) is { } kind)
        {
            if (kind.Versions.Contains(version) || !kind.IsIstio)
            {
                return kind;
            }

            errors.Add(Error(document, "apiVersion", KindCode, $"{name} has no version \"{version}\"",
                $"Its versions are: {string.Join(", ", kind.Versions.Select(v => $"{group}/{v}"))}."));
            return null;
        }

        if (group.EndsWith(".istio.io", StringComparison.Ordinal))
        {
            var near = Spelling.Nearest(name, ConfigKinds.All.Where(k => k.IsIstio).Select(k => k.Kind));
            var hint =
                near is null ? null : $"Did you mean {near} ({ConfigKinds.All.First(k => k.Kind == near).ApiVersion})?";
            errors.Add(Error(document, "kind", KindCode, $"{group} has no kind \"{name}\"", hint));
        }

        return null;
    }

    private static ObjectMeta ReadMetadata(
        YamlNode document, List<ConfigError> errors, List<ConfigError> nameErrors)
    {
        var metadata = new ObjectMeta();
        if (document["metadata"] is { } node)
        {
            new MessageReader(MessageReadOptions.Kubernetes, errors).Merge(metadata, node, "metadata");
        }

        if (metadata.Name.Length == 0)
        {
            nameErrors.Add(Error(document, "metadata.name", NoNameCode, "the object has no name"));
        }
        else if (metadata.Name.Length > MaxNameLength || !ObjectName().IsMatch(metadata.Name))
        {
            nameErrors.Add(Error(document, "metadata.name", MetadataCode, $"\"{metadata.Name}\" is no valid name",
                "Names are lower-case letters, digits, '-' and '.', and begin and end with a letter or digit."));
        }

        return metadata;
    }

    private static void CheckTopLevel(YamlMapping map, List<ConfigError> errors)
    {
        foreach (var (key, _) in map.Entries)
        {
            if (!_topLevel.Contains(key.Value))
            {
                var near = Spelling.Nearest(key.Value, _topLevel);
                errors.Add(new ConfigError(key.Value, MessageReader.FormCode, $"unknown field \"{key.Value}\"",
                    near is null ? "An object has apiVersion, kind, metadata, spec and status."
                        : $"Did you mean \"{near}\"?",
                    key.Position.File, key.Position.Line, key.Position.Column));
            }
        }
    }

    private static ImmutableSortedDictionary<string, string> ToSorted(StringMap map) =>
        map.Count == 0 ? ConfigObject.EmptyMap : ConfigObject.EmptyMap.AddRange(map);

    private static ConfigError Error(
        YamlNode document, string path, string code, string message, string? hint = null)
    {
        var at = NodePath.Locate(document, path);
        return new ConfigError(path, code, message, hint, at.File, at.Line, at.Column);
    }

    private static DecodedObject Broken(YamlNode document, ConfigKey? key, params ImmutableArray<ConfigError> errors) =>
        new(document, key, null, new ValidationResult(errors, []));

    [GeneratedRegex("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    private static partial Regex ObjectName();
}
