using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Lateen.Core.Protobuf;

/// <summary>
/// Finds fields in the binary form of a message that its type does not have, also inside <c>Any</c>. It loads the
/// messages' metadata, so only configuration that must be strict is looked at.
/// </summary>
public static class UnknownFields
{
    private const int MaxDepth = 100;

    /// <summary>The path and number of the first unknown field, e.g. <c>clusters[1].99</c>; null if there is
    /// none.</summary>
    /// <exception cref="InvalidProtocolBufferException">The bytes are no message.</exception>
    public static string? Find(
        MessageDescriptor type, ByteString bytes, Func<string, MessageDescriptor?> findType) =>
        Find(type, bytes.CreateCodedInput(), findType, "", 0);

    private static string? Find(
        MessageDescriptor type, CodedInputStream input, Func<string, MessageDescriptor?> findType, string path,
        int depth)
    {
        if (depth > MaxDepth)
        {
            return null;
        }

        var counts = new Dictionary<int, int>();
        var (url, value) = ("", ByteString.Empty);
        var isAny = type.FullName == "google.protobuf.Any";
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            var field = type.FindFieldByNumber(number);
            if (field is null)
            {
                return NodeName(path, $"{number}");
            }

            if (isAny && number == 1)
            {
                url = input.ReadString();
            }
            else if (isAny && number == 2)
            {
                value = input.ReadBytes();
            }
            else if (field.FieldType == FieldType.Message && tag % 8 == (uint)WireFormat.WireType.LengthDelimited)
            {
                var index = counts[number] = counts.GetValueOrDefault(number, -1) + 1;
                var name = NodeName(path, field.IsRepeated ? $"{field.Name}[{index}]" : field.Name);
                var inner = input.ReadBytes().CreateCodedInput();
                if (Find(field.MessageType, inner, findType, name, depth + 1) is { } found)
                {
                    return found;
                }
            }
            else
            {
                input.SkipLastField();
            }
        }

        var slash = url.LastIndexOf('/');
        return isAny && slash >= 0 && findType(url[(slash + 1)..]) is { } packed
            ? Find(packed, value.CreateCodedInput(), findType, path, depth + 1)
            : null;
    }

    private static string NodeName(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
