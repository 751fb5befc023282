using Google.Protobuf;

namespace Lateen.Proxy.Transcoding;

/// <summary>Parts of a <c>google.api.HttpBody</c>: its content type and its data.</summary>
internal static class HttpBodies
{
    private const uint ContentTypeTag = 10;
    private const uint DataTag = 18;

    public static byte[] ContentType(byte[] message) => Find(message, ContentTypeTag);

    public static byte[] Data(byte[] message) => Find(message, DataTag);

    private static byte[] Find(byte[] message, uint wanted)
    {
        byte[] found = [];
        var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            if (tag == wanted)
            {
                found = input.ReadBytes().ToByteArray();
            }
            else
            {
                input.SkipLastField();
            }
        }
        return found;
    }
}
