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

    [Fact]
    public void Text_OfAQuery_IsThatOfEnvoysLog()
    {
        var query = Query("db.c\"ol", Document(
            Text("s", "a\"b\\\n"), Number("n", -3), Inner("d", Document()), [0x01, (byte)'f', 0, .. Double(1.5)],
            [0x01, (byte)'i', 0, .. Double(double.NegativeInfinity)], [0x0B, (byte)'r', 0, (byte)'x', 0, (byte)'i', 0],
            [0x05, (byte)'b', 0, 1, 0, 0, 0, 0, (byte)'z'], [0x08, (byte)'y', 0, 1], [0x0A, (byte)'0', 0],
            [0x07, (byte)'o', 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255]));

        Assert.Equal(
            "{\"opcode\": \"OP_QUERY\", \"id\": 1, \"response_to\": 0, \"flags\": \"0x0\", "
            + "\"collection\": \"db.c\"ol\", \"skip\": 0, \"return\": 1, "
            + "\"query\": {\"s\": \"a\\\"b\\\\n\", \"n\": -3, \"d\": {}, \"f\": 1.500000, "
            + "\"i\": -inf, \"r\": [\"x\", \"i\"], \"b\": \"z\", \"y\": true, \"0\": null, "
            + "\"o\": \"000102030405060708090aff\"}, \"fields\": {}}",
            TextOf(query));
    }

    [Theory]
    [InlineData(2005, "00000000 64622E6300 05000000 6300000000000000",
        "\"collection\": \"db.c\", \"return\": 5, \"cursor\": 99")]
    [InlineData(2002, "FFFFFFFF 64622E6300 0500000000",
        "\"flags\": \"-0x1\", \"collection\": \"db.c\", \"documents\": [{}]")]
    [InlineData(1, "08000000 4D00000000000000 01000000 01000000 0500000000",
        "\"flags\": \"0x8\", \"cursor\": \"77\", \"from\": 1, \"returned\": 1, \"documents\": 1")]
    [InlineData(2010, "646200 6300 0500000000 0500000000 0500000000",
        "\"database\": \"db\", \"commandName\": \"c\", \"metadata\": {}, \"commandArgs\": {}, \"inputDocs\": [{}]")]
    public void Text_OfOtherOperations_IsThatOfEnvoysLog(int operation, string body, string expected)
    {
        var text = TextOf(Message(operation, Convert.FromHexString(body.Replace(" ", "", StringComparison.Ordinal))));

        Assert.EndsWith($"\"id\": 1, \"response_to\": 0, {expected}}}", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2007, "00000000 02000000 0100000000000000 FEFFFFFFFFFFFFFF",
        "{\"opcode\": \"KILL_CURSORS\", \"id\": 1, \"response_to\": \"0x0\", \"num_cursors\": \"2\", "
        + "\"cursors\": [1, -2]}")]
    [InlineData(2011, "0500000000 0500000000",
        "{\"opcode\": \"OP_COMMANDREPLY\", \"id\": 1, \"response_to\": 0, \"metadata\": {}, \"commandReply\": {}, "
        + "\"outputDocs\":[]} ")]
    public void Text_OfOddOperations_IsThatOfEnvoysLog(int operation, string body, string expected) => Assert.Equal(
        expected, TextOf(Message(operation, Convert.FromHexString(body.Replace(" ", "", StringComparison.Ordinal)))));

    private static string TextOf(byte[] message)
    {
        Assert.NotNull(MongoMessage.Read(message));
        var output = new ByteBuffer();
        MongoText.Write(output, message);
        return output.ToString();
    }

    private static byte[] Double(double value) => BitConverter.GetBytes(value);

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
