using Google.Protobuf;

namespace Lateen.Grpc.Server;

/// <summary>The few messages of grpc/reflection/v1/reflection.proto, by their field numbers.</summary>
internal static class ReflectionWire
{
    internal const int FileByName = 3;
    internal const int FileOfSymbol = 4;
    internal const int ListServices = 7;

    private const int OriginalRequest = 2;
    private const int FileResponse = 4;
    private const int ServicesResponse = 6;
    private const int ErrorResponse = 7;

    /// <summary>Which question, and about what.</summary>
    internal static (int Kind, string Argument) ReadRequest(byte[] request)
    {
        using var input = new CodedInputStream(request);
        uint tag;
        while ((tag = input.ReadTag()) != 0)
        {
            var field = WireFormat.GetTagFieldNumber(tag);
            if (field is >= FileByName and <= ListServices
                && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                return (field, input.ReadBytes().ToStringUtf8());
            }

            input.SkipLastField();
        }

        return (0, "");
    }

    internal static byte[] WriteFiles(byte[] request, IEnumerable<ByteString> files) =>
        Write(request, FileResponse, output =>
        {
            foreach (var file in files)
            {
                output.WriteTag(1, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(file);
            }
        });

    internal static byte[] WriteServices(byte[] request, IEnumerable<string> names) =>
        Write(request, ServicesResponse, output =>
        {
            foreach (var name in names)
            {
                output.WriteTag(1, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(Encode(service => Text(service, 1, name)));
            }
        });

    internal static byte[] WriteError(byte[] request, GrpcStatusCode code, string message) =>
        Write(request, ErrorResponse, output =>
        {
            output.WriteTag(1, WireFormat.WireType.Varint);
            output.WriteInt32((int)code);
            Text(output, 2, message);
        });

    private static byte[] Write(byte[] request, int field, Action<CodedOutputStream> body) => Encode(output =>
    {
        output.WriteTag(OriginalRequest, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(request));
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(Encode(body));
    }).ToByteArray();

    private static ByteString Encode(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            write(output);
        }

        return UnsafeByteOperations.UnsafeWrap(bytes.ToArray());
    }

    private static void Text(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }
}
