using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Tests.Config;

/// <summary>Messages with every kind of field set at random, made by protobuf's own reflection.</summary>
internal sealed class RandomMessage(Random random)
{
    private const int MaxDepth = 4;

    public IMessage Make(MessageDescriptor type, int depth = 0)
    {
        switch (type.FullName)
        {
            case "google.protobuf.Any":
                var content =
                    new Envoy.Config.Core.V3.SocketAddress { Address = Text(), PortValue = (uint)random.Next(9) };
                return new Any
                {
                    TypeUrl = "type.googleapis.com/envoy.config.core.v3.SocketAddress",
                    Value = content.ToByteString(),
                };
            case "google.protobuf.Duration":
                return new Duration { Seconds = random.Next(1000), Nanos = random.Next(1000) * 1_000_000 };
            case "google.protobuf.Timestamp":
                return new Timestamp { Seconds = random.Next(), Nanos = 0 };
            case "google.protobuf.Value":
                return Value.ForString(Text());
            case "google.protobuf.Struct":
                var free = new Struct();
                free.Fields["a"] = Value.ForNumber(1.5);
                free.Fields["b"] = Value.ForList(Value.ForBool(true));
                return free;
            case "google.protobuf.ListValue":
                return new ListValue { Values = { Value.ForNull() } };
        }

        var message = type.Parser.ParseFrom(ByteString.Empty);
        var oneofs = new HashSet<OneofDescriptor>();
        foreach (var field in type.Fields.InFieldNumberOrder())
        {
            var isMessage = field.FieldType == FieldType.Message;
            if (random.Next(3) == 0 || (isMessage && depth >= MaxDepth)
                || (field.RealContainingOneof is { } oneof && !oneofs.Add(oneof)))
            {
                continue;
            }

            if (field.IsMap)
            {
                var map = (IDictionary)field.Accessor.GetValue(message);
                map[Single(field.MessageType.FindFieldByNumber(1), depth)] =
                    Single(field.MessageType.FindFieldByNumber(2), depth);
            }
            else if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(message);
                for (var i = random.Next(3); i >= 0; i--)
                {
                    list.Add(Single(field, depth));
                }
            }
            else
            {
                field.Accessor.SetValue(message, Single(field, depth));
            }
        }

        return message;
    }

    private object Single(FieldDescriptor field, int depth) => field.FieldType switch
    {
        FieldType.Message when field.MessageType.File.Name == "google/protobuf/wrappers.proto" =>
            Single(field.MessageType.FindFieldByNumber(1), depth),
        FieldType.Message => Make(field.MessageType, depth + 1),
        FieldType.String => Text(),
        FieldType.Bytes => ByteString.CopyFromUtf8(Text()),
        FieldType.Bool => random.Next(2) == 0,
        FieldType.Enum => field.EnumType.Values[random.Next(field.EnumType.Values.Count)].Number,
        FieldType.Double => random.Next(100) / 4.0,
        FieldType.Float => random.Next(100) / 4f,
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => random.Next(-5, 5),
        FieldType.UInt32 or FieldType.Fixed32 => (uint)random.Next(5),
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => random.NextInt64(-5, long.MaxValue),
        _ => (ulong)random.NextInt64(long.MaxValue) * 2,
    };

    private string Text() => random.Next(4) == 0 ? "" : $"t{random.Next(100)} \"é\n";
}
