using Google.Protobuf;
using Lateen.Core.Yaml;

namespace Lateen.Core.Protobuf;

/// <summary>
/// Reads messages from YAML or JSON trees by the protobuf JSON mapping: fields in camelCase or as declared, enums by
/// name or number, wrappers as plain values, <c>Any</c> by its <c>@type</c>. All faults are collected, each with its
/// path and position; the message holds whatever could be read.
/// </summary>
public sealed class MessageReader(MessageReadOptions options, ICollection<ConfigError> errors)
{
    /// <summary>The code of errors about the form of a document: unknown fields and values of the wrong type.</summary>
    public const string FormCode = "config.form";

    private const int MaxDepth = 100;

    /// <summary>Whether, as in Envoy, enum values are read in any case, a list of one may stand without brackets, and
    /// texts such as <c>yes</c> are booleans.</summary>
    internal bool IsLenient => options.DurationMaps;

    /// <summary>Whether values of enums are read in any case.</summary>
    internal bool IgnoresCase => options.IgnoreCase;

    private int _depth;

    /// <summary>Something was read that had a field which its message has not.</summary>
    public bool HasIgnoredFields { get; private set; }

    /// <summary>Reads a message of a known type.</summary>
    /// <param name="node">The value of the message.</param>
    /// <param name="path">Put in front of the paths in errors.</param>
    public T Read<T>(YamlNode node, string path = "")
        where T : IMessage, new()
    {
        var message = new T();
        Merge(message, node, path);
        return message;
    }

    /// <summary>Reads a message whole, or says what is wrong with it.</summary>
    public static T Read<T>(YamlNode node, MessageReadOptions options, out List<ConfigError> errors)
        where T : IMessage, new()
    {
        errors = [];
        return new MessageReader(options, errors).Read<T>(node);
    }

    /// <summary>
    /// Reads into an existing message: single values that it already has are replaced, lists are appended to, messages
    /// are merged.
    /// </summary>
    public void Merge(IMessage message, YamlNode node, string path)
    {
        var content = new WireWriter();
        Read(ApiSchema.Of(message), node, path, content);
        message.MergeFrom(content.Written.ToArray());
    }

    /// <summary>Reads a message of a schema into its binary form.</summary>
    public byte[] Read(MessageSchema schema, YamlNode node, string path)
    {
        var content = new WireWriter();
        Read(schema, node, path, content);
        return content.Written.ToArray();
    }

    internal void Read(MessageSchema schema, YamlNode node, string path, WireWriter target)
    {
        if (++_depth > MaxDepth)
        {
            Report(node, path, $"more than {MaxDepth} messages inside each other");
        }
        else if (schema.IsSpecial)
        {
            new WellKnownTypes(this, options).Read(schema, node, path, target);
        }
        else if (node is YamlMapping map)
        {
            ReadFields(schema, map, path, skip: null, target);
        }
        else if (!node.IsNull)
        {
            Report(node, path, $"expected a map here, found {node.Describe()}");
        }

        _depth--;
    }

    internal void Report(YamlNode node, string path, string message, string? hint = null)
    {
        var at = node.Position;
        errors.Add(new ConfigError(path, FormCode, message, hint, at.File, at.Line, at.Column));
    }

    internal void ReadFields(MessageSchema schema, YamlMapping map, string path, string? skip, WireWriter target)
    {
        var seen = new List<FieldSchema>(map.Entries.Count);
        foreach (var (key, value) in map.Entries)
        {
            if (key.Value == skip)
            {
                continue;
            }

            var field = schema.Find(key.Value);
            if (field is null)
            {
                if (!options.IgnoreUnknownFields)
                {
                    Report(key, NodePath.Field(path, key.Value), $"unknown field \"{key.Value}\"",
                        schema.Suggest(key.Value, options.DeclaredNames));
                }

                HasIgnoredFields |= options.IgnoreUnknownFields;

                continue;
            }

            var name = options.DeclaredNames ? field.Name : field.JsonName;
            var fieldPath = NodePath.Field(path, name);
            if (seen.Contains(field))
            {
                Report(key, fieldPath, $"the field \"{name}\" is written twice, under both of its names");
                continue;
            }

            if (value.IsNull && !field.TakesNull)
            {
                continue;
            }

            if (field.Oneof >= 0 && seen.Find(f => f.Oneof == field.Oneof) is { } other)
            {
                var chosen = options.DeclaredNames ? other.Name : other.JsonName;
                Report(key, fieldPath, $"\"{name}\" and \"{chosen}\" exclude each other", "Keep one of them.");
                continue;
            }

            seen.Add(field);
            FieldReader.Read(this, field, value, fieldPath, target);
        }
    }
}
