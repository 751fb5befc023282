namespace Lateen.Core.Protobuf;

/// <summary>What is used of a <c>FieldDescriptorProto</c>; spans point into it.</summary>
internal readonly ref struct FieldDescriptor
{
    public FieldDescriptor(ReadOnlySpan<byte> descriptor)
    {
        var reader = new WireReader(descriptor);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            switch (field)
            {
                case 1:
                    Name = reader.ReadString();
                    break;
                case 3:
                    Number = reader.ReadInt();
                    break;
                case 4:
                    IsRepeated = reader.ReadInt() == 3;
                    break;
                case 5:
                    Kind = (FieldKind)reader.ReadInt();
                    break;
                case 6:
                    TypeName = reader.ReadString().TrimStart('.');
                    break;
                case 8:
                    Options = reader.ReadBytes();
                    break;
                case 9:
                    Oneof = reader.ReadInt();
                    break;
                case 10:
                    JsonName = reader.ReadBytes();
                    break;
                case 17:
                    IsOptional = reader.ReadInt() != 0;
                    break;
                default:
                    reader.ReadValue(wireType);
                    break;
            }
        }
    }

    public string Name { get; } = "";

    /// <summary>UTF-8; empty: the one that follows from the name.</summary>
    public ReadOnlySpan<byte> JsonName { get; }

    public int Number { get; }

    public FieldKind Kind { get; }

    public bool IsRepeated { get; }

    public bool IsOptional { get; }

    /// <summary>Full name of its message or enum.</summary>
    public string TypeName { get; } = "";

    /// <summary>Index of its oneof, also of the one that an optional field makes; -1: none.</summary>
    public int Oneof { get; } = -1;

    public ReadOnlySpan<byte> Options { get; }
}
