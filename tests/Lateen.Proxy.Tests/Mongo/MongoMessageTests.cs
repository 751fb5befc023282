using System.Buffers.Binary;
using System.Text;
using Lateen.Proxy.Mongo;

namespace Lateen.Proxy.Tests.Mongo;

public sealed class MongoMessageTests
{
    [Fact]
    public void Query_WithoutId_IsScatterGet()
    {
        var query = MongoQuery.From(MongoMessage.Read(Query("db.things", Document(Text("a", "b"))))!)!;

        Assert.Equal("things", query.Collection);
        Assert.True(query.IsScatterGet);
        Assert.False(query.IsMultiGet);
        Assert.Equal("", query.Command);
    }

    [Fact]
    public void Query_InnerQueryWithComment_TellsCallsiteAndTime()
    {
        var query = MongoQuery.From(MongoMessage.Read(Query("db.c", Document(
            Inner("$query", Document(Number("_id", 5))), Text("$comment", "{\"callingFunction\":\"f\"}"),
            Number("$maxTimeMS", 100))))!)!;

        Assert.False(query.IsScatterGet);
        Assert.Equal("f", query.Callsite);
        Assert.Equal(100, query.TimeMillisMax);
    }

    [Theory]
    [InlineData("insert", "insert", "")]
    [InlineData("find", "", "x")]
    public void Query_ForCommand_IsItOrASearch(string key, string command, string collection)
    {
        var query = MongoQuery.From(MongoMessage.Read(Query("db.$cmd", Document(Text(key, "x"))))!)!;

        Assert.Equal(command, query.Command);
        Assert.Equal(collection, query.Collection);
    }

    [Fact]
    public void Query_CutAnywhere_IsBroken()
    {
        var whole = Query("db.c", Document(Text("a", "b")));
        for (var length = MongoMessage.HeaderBytes; length < whole.Length; length++)
        {
            Assert.Null(MongoMessage.Read(whole.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Message_OfUnknownOperation_IsBroken() => Assert.Null(MongoMessage.Read(Message(2013, [0, 0, 0, 0])));

    private static byte[] Query(string collection, byte[] query) => Message(2004,
        [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(collection), 0, 0, 0, 0, 0, 1, 0, 0, 0, .. query]);

    private static byte[] Message(int operation, byte[] body) =>
        [.. Int(body.Length + 16), .. Int(1), .. Int(0), .. Int(operation), .. body];

    private static byte[] Document(params byte[][] fields)
    {
        byte[] all = [.. fields.SelectMany(field => field), 0];
        return [.. Int(all.Length + 4), .. all];
    }

    private static byte[] Text(string key, string text) =>
        [2, .. Encoding.ASCII.GetBytes(key), 0, .. Int(text.Length + 1), .. Encoding.ASCII.GetBytes(text), 0];

    private static byte[] Number(string key, int number) => [0x10, .. Encoding.ASCII.GetBytes(key), 0, .. Int(number)];

    private static byte[] Inner(string key, byte[] document) => [3, .. Encoding.ASCII.GetBytes(key), 0, .. document];

    private static byte[] Int(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }
}
