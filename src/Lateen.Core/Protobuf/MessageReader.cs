using Google.Protobuf;
using Google.Protobuf.Reflection;
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

    private int _depth;

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
    /// Reads into an existing message; fields that it already has are replaced, lists are appended to.
    /// </summary>
    public void Merge(IMessage message, YamlNode node, string path)
    {
        if (++_depth > MaxDepth)
        {
            Report(node, path, $"more than {MaxDepth} messages inside each other");
        }
        else if (WellKnownTypes.IsSpecial(message.Descriptor))
        {
            new WellKnownTypes(this, options).Merge(message, node, path);
        }
        else if (node is YamlMapping map)
        {
            ReadFields(message, map, path, skip: null);
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

    internal void ReadFields(IMessage message, YamlMapping map, string path, string? skip)
    {
        var fields = FieldNames.Of(message.Descriptor);
        Dictionary<OneofDescriptor, string>? chosen = null;
        HashSet<FieldDescriptor>? seen = null;
        foreach (var (key, value) in map.Entries)
        {
            if (key.Value == skip)
            {
                continue;
            }

            var field = fields.Find(key.Value);
            if (field is null)
            {
                if (!options.IgnoreUnknownFields)
                {
                    Report(key, NodePath.Field(path, key.Value), $"unknown field \"{key.Value}\"",
                        fields.Suggest(key.Value, options.DeclaredNames));
                }

                continue;
            }

            var name = options.DeclaredNames ? field.Name : field.JsonName;
            var fieldPath = NodePath.Field(path, name);
            if (!(seen ??= []).Add(field))
            {
                Report(key, fieldPath, $"the field \"{name}\" is written twice, under both of its names");
                continue;
            }

            if (value.IsNull && !WellKnownTypes.TakesNull(field))
            {
                continue;
            }

            if (field.RealContainingOneof is { } oneof && !(chosen ??= []).TryAdd(oneof, name))
            {
                Report(key, fieldPath, $"\"{name}\" and \"{chosen[oneof]}\" exclude each other",
                    "Keep one of them.");
                continue;
            }

            FieldReader.Read(this, message, field, value, fieldPath);
        }
    }
}
