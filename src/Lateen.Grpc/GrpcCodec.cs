using System.Buffers;
using Google.Protobuf;

namespace Lateen.Grpc;

/// <summary>How the messages of a method become bytes and back.</summary>
public abstract class GrpcCodec<T>
{
    /// <summary>The message's size in bytes.</summary>
    public abstract int GetSize(T message);

    /// <summary>Writes exactly <see cref="GetSize"/> bytes.</summary>
    public abstract void Write(T message, IBufferWriter<byte> output);

    /// <summary>
    /// Makes a message of its bytes, which are only valid during the call. Bad bytes are an
    /// <see cref="InvalidProtocolBufferException"/>, which ends the call with INTERNAL.
    /// </summary>
    public abstract T Read(ReadOnlyMemory<byte> bytes);

    /// <summary>The pieces of a message that exists as bytes already, so that it is sent piece by piece; null
    /// else.</summary>
    internal virtual GrpcPayload? AsPayload(T message) => null;
}

/// <summary>Makes codecs.</summary>
public static class GrpcCodec
{
    /// <summary>Messages as raw bytes, copied on receipt.</summary>
    public static GrpcCodec<GrpcPayload> Payload { get; } = new PayloadCodec();

    /// <summary>Messages as raw bytes that are only valid until the next message is read: nothing is copied.</summary>
    public static GrpcCodec<ReadOnlyMemory<byte>> BorrowedBytes { get; } = new BorrowedCodec();

    /// <summary>Protobuf messages by their parser; descriptors are never touched.</summary>
    public static GrpcCodec<T> Protobuf<T>(MessageParser<T> parser)
        where T : IMessage<T>
    {
        return new ProtobufCodec<T>(parser);
    }

    private sealed class ProtobufCodec<T>(MessageParser<T> parser) : GrpcCodec<T>
        where T : IMessage<T>
    {
        public override int GetSize(T message) => message.CalculateSize();

        public override void Write(T message, IBufferWriter<byte> output) => message.WriteTo(output);

        public override T Read(ReadOnlyMemory<byte> bytes) => parser.ParseFrom(bytes.Span);
    }

    private sealed class BorrowedCodec : GrpcCodec<ReadOnlyMemory<byte>>
    {
        public override int GetSize(ReadOnlyMemory<byte> message) => message.Length;

        public override void Write(ReadOnlyMemory<byte> message, IBufferWriter<byte> output) =>
            output.Write(message.Span);

        public override ReadOnlyMemory<byte> Read(ReadOnlyMemory<byte> bytes) => bytes;
    }

    private sealed class PayloadCodec : GrpcCodec<GrpcPayload>
    {
        public override int GetSize(GrpcPayload message) => message.Length;

        public override void Write(GrpcPayload message, IBufferWriter<byte> output) => message.CopyTo(output);

        public override GrpcPayload Read(ReadOnlyMemory<byte> bytes) => new(bytes.ToArray());

        internal override GrpcPayload AsPayload(GrpcPayload message) => message;
    }
}
