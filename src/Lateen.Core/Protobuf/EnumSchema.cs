namespace Lateen.Core.Protobuf;

/// <summary>The values of an enum type.</summary>
internal sealed class EnumSchema
{
    private readonly int[] _numbers;

    public EnumSchema(string fullName, ReadOnlySpan<byte> descriptor)
    {
        FullName = fullName;
        var (names, numbers) = (new List<string>(), new List<int>());
        var reader = new WireReader(descriptor);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            if (field == 2)
            {
                var (name, number) = ("", 0);
                var value = new WireReader(content);
                while (value.TryReadTag(out field, out wireType))
                {
                    switch (field)
                    {
                        case 1:
                            name = value.ReadString();
                            break;
                        case 2:
                            number = value.ReadInt();
                            break;
                        default:
                            value.ReadValue(wireType);
                            break;
                    }
                }

                names.Add(name);
                numbers.Add(number);
            }
        }

        Names = [.. names];
        _numbers = [.. numbers];
    }

    public string FullName { get; }

    public string[] Names { get; }

    /// <summary>The number of a value; null if there is none of this name.</summary>
    public int? Find(string name, StringComparison comparison = StringComparison.Ordinal)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (Names[i].Equals(name, comparison))
            {
                return _numbers[i];
            }
        }

        return null;
    }

    public string? NameOf(int number)
    {
        var index = Array.IndexOf(_numbers, number);
        return index < 0 ? null : Names[index];
    }
}
