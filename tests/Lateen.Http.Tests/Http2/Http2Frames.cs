using System.Buffers.Binary;
using Lateen.Http.Hpack;
using Lateen.Http.Http2;

namespace Lateen.Http.Tests.Http2;

/// <summary>Writes frames for a session to read.</summary>
internal sealed class Http2Frames
{
    private readonly HpackEncoder _encoder = new();
    private readonly List<byte> _bytes = [];

    public byte[] Take()
    {
        byte[] bytes = [.. _bytes];
        _bytes.Clear();
        return bytes;
    }

    public Http2Frames Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public Http2Frames Preface() => Raw(Http2Session.Preface.ToArray()).Frame(Http2FrameType.Settings, 0, 0);

    public Http2Frames Frame(Http2FrameType type, int flags, int streamId, params byte[] payload)
    {
        var head = new byte[Http2FrameHeader.Bytes];
        Http2FrameHeader.Write(head, payload.Length, type, (byte)flags, streamId);
        return Raw(head).Raw(payload);
    }

    /// <summary>HEADERS of <c>name: value</c> lines.</summary>
    public Http2Frames Headers(int streamId, bool endStream, params string[] lines) =>
        Frame(Http2FrameType.Headers, 4 | (endStream ? 1 : 0), streamId, Block(lines));

    public Http2Frames Get(int streamId, bool endStream = true, params string[] more) =>
        Headers(streamId, endStream, [":method: GET", ":scheme: http", ":path: /", ":authority: a", .. more]);

    public Http2Frames Number(Http2FrameType type, int streamId, uint value)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, value);
        return Frame(type, 0, streamId, payload);
    }

    public Http2Frames Setting(int setting, uint value)
    {
        var payload = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)setting);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(2), value);
        return Frame(Http2FrameType.Settings, 0, 0, payload);
    }

    public byte[] Block(params string[] lines)
    {
        var block = new List<byte>();
        var space = new byte[128 * 1024];
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', 1);
            var name = System.Text.Encoding.Latin1.GetBytes(line[..colon]);
            var value = System.Text.Encoding.Latin1.GetBytes(line[(colon + 2)..]);
            block.AddRange(space[.._encoder.EncodeField(HeaderIds.Find(name), name, value, space)]);
        }

        return [.. block];
    }
}
