using Lateen.Proxy.Exports;
using Opentelemetry.Proto.Common.V1;

namespace Lateen.Proxy.Tests.Exports;

public sealed class ProtoWriterTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(300_000)]
    public void Close_OfANestedMessage_WritesWhatProtobufReads(int length)
    {
        var text = new string('x', length);
        var output = new ByteBuffer();

        var pair = output.Open(1);
        output.WriteText(1, "key");
        var value = output.Open(2);
        output.WriteBytesAlways(1, System.Text.Encoding.UTF8.GetBytes(text));
        output.Close(value);
        output.Close(pair);

        var expected = new KeyValueList
        {
            Values = { new KeyValue { Key = "key", Value = new AnyValue { StringValue = text } } },
        };
        Assert.Equal(expected, KeyValueList.Parser.ParseFrom(output.ToArray()));
        Assert.Equal(Google.Protobuf.MessageExtensions.ToByteArray(expected), output.ToArray());
    }

    [Fact]
    public void Numbers_OfAllKinds_ReadBack()
    {
        var output = new ByteBuffer();

        output.WriteInt(3, -5);
        Assert.Equal(-5, AnyValue.Parser.ParseFrom(output.ToArray()).IntValue);
        output.Clear();
        output.WriteDoubleAlways(4, 0.25);
        Assert.Equal(0.25, AnyValue.Parser.ParseFrom(output.ToArray()).DoubleValue);
        output.Clear();
        output.WriteBool(2, true);
        Assert.True(AnyValue.Parser.ParseFrom(output.ToArray()).BoolValue);
    }

    [Fact]
    public void Message_WhenTheBufferIsWarm_AllocatesNothing()
    {
        var output = new ByteBuffer(4096);
        Write(output);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Write(output);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Write(ByteBuffer output)
    {
        output.Clear();
        var mark = output.Open(1);
        output.WriteText(1, "name");
        output.WriteFixed64(2, 7);
        output.WriteInt(3, 300);
        output.Close(mark);
    }
}
