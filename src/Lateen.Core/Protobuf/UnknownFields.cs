namespace Lateen.Core.Protobuf;

/// <summary>Finds fields in the binary form of a message that its schema does not have, also inside
/// <c>Any</c>.</summary>
public static class UnknownFields
{
    private const int MaxDepth = 100;

    /// <summary>The path and number of the first unknown field, e.g. <c>clusters[1].99</c>; null if there is
    /// none.</summary>
    /// <exception cref="MalformedMessageException">The bytes are no message.</exception>
    public static string? Find(MessageSchema type, ReadOnlySpan<byte> bytes, Func<string, MessageSchema?> findType) =>
        Find(type, bytes, findType, "", 0);

    private static string? Find(
        MessageSchema type, ReadOnlySpan<byte> bytes, Func<string, MessageSchema?> findType, string path, int depth)
    {
        if (depth > MaxDepth)
        {
            return null;
        }

        var counts = new Dictionary<int, int>();
        var url = "";
        var packed = default(ReadOnlySpan<byte>);
        var isAny = type.FullName == "google.protobuf.Any";
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            if (type.Find(number) is not { } field)
            {
                return NodeName(path, $"{number}");
            }

            if (isAny && number == 1)
            {
                url = System.Text.Encoding.UTF8.GetString(content);
            }
            else if (isAny && number == 2)
            {
                packed = content;
            }
            else if (field.Kind == FieldKind.Message && wireType == WireReader.Delimited)
            {
                var index = counts[number] = counts.GetValueOrDefault(number, -1) + 1;
                var name = NodeName(path, field.IsRepeated ? $"{field.Name}[{index}]" : field.Name);
                if (Find(field.Message, content, findType, name, depth + 1) is { } found)
                {
                    return found;
                }
            }
        }

        var slash = url.LastIndexOf('/');
        return isAny && slash >= 0 && findType(url[(slash + 1)..]) is { } inner
            ? Find(inner, packed, findType, path, depth + 1)
            : null;
    }

    private static string NodeName(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
