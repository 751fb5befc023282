using System.Collections.Concurrent;
using Google.Protobuf.Reflection;

namespace Lateen.Core.Protobuf;

/// <summary>The fields of a message under all names that JSON allows for them.</summary>
internal sealed class FieldNames
{
    // One entry per message type of the process, so it cannot grow without bound.
    private static readonly ConcurrentDictionary<MessageDescriptor, FieldNames> _known = new();

    private readonly Dictionary<string, FieldDescriptor> _byName = new(StringComparer.Ordinal);
    private readonly string[] _jsonNames;
    private readonly string[] _declaredNames;

    private FieldNames(MessageDescriptor message)
    {
        foreach (var field in message.Fields.InFieldNumberOrder())
        {
            _byName[field.Name] = field;
            _byName[field.JsonName] = field;
        }

        _jsonNames = [.. message.Fields.InFieldNumberOrder().Select(f => f.JsonName)];
        _declaredNames = [.. message.Fields.InFieldNumberOrder().Select(f => f.Name)];
    }

    public static FieldNames Of(MessageDescriptor message) => _known.GetOrAdd(message, static m => new FieldNames(m));

    public FieldDescriptor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>A hint that names the field that was probably meant; all fields when there are few.</summary>
    public string? Suggest(string name, bool declared)
    {
        var names = declared ? _declaredNames : _jsonNames;
        if (Spelling.Nearest(name, names) is { } near)
        {
            return $"Did you mean \"{near}\"?";
        }

        return names.Length switch
        {
            0 => "This message has no fields.",
            <= 12 => $"Its fields are: {string.Join(", ", names)}.",
            _ => null,
        };
    }
}
