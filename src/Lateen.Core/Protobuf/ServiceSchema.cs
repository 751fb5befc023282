namespace Lateen.Core.Protobuf;

/// <summary>A gRPC service and its methods, as a descriptor tells them.</summary>
/// <param name="FullName">With the package.</param>
/// <param name="Methods">In the order of their declaration.</param>
public sealed record ServiceSchema(string FullName, MethodSchema[] Methods)
{
    internal static ServiceSchema Read(string fullName, ReadOnlySpan<byte> descriptor, ApiSchema api)
    {
        var methods = new List<MethodSchema>();
        var reader = new WireReader(descriptor);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            if (number == 2)
            {
                methods.Add(ReadMethod(content, api));
            }
        }

        return new ServiceSchema(fullName, [.. methods]);
    }

    private static MethodSchema ReadMethod(ReadOnlySpan<byte> descriptor, ApiSchema api)
    {
        var (name, input, output, options) = ("", "", "", Array.Empty<byte>());
        var (streamsIn, streamsOut) = (false, false);
        var reader = new WireReader(descriptor);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            switch (number)
            {
                case 1:
                    name = System.Text.Encoding.UTF8.GetString(content);
                    break;
                case 2:
                    input = System.Text.Encoding.UTF8.GetString(content);
                    break;
                case 3:
                    output = System.Text.Encoding.UTF8.GetString(content);
                    break;
                case 4:
                    options = content.ToArray();
                    break;
                case 5:
                    streamsIn = content[0] != 0;
                    break;
                case 6:
                    streamsOut = content[0] != 0;
                    break;
                default:
                    break;
            }
        }

        return new MethodSchema(
            name, api.FindType(input.TrimStart('.')), api.FindType(output.TrimStart('.')), streamsIn, streamsOut,
            options);
    }
}
