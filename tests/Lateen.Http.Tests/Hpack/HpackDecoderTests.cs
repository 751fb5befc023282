using Lateen.Http.Hpack;

namespace Lateen.Http.Tests.Hpack;

public sealed class HpackDecoderTests
{
    [Theory]
    [InlineData("80", HpackError.Index)]
    [InlineData("be", HpackError.Index)]
    [InlineData("7f00", HpackError.Index)]
    [InlineData("ffffffffff7f", HpackError.Number)]
    [InlineData("82ff8080808080808001", HpackError.Number)]
    [InlineData("3fe21f", HpackError.TableSize)]
    [InlineData("8220", HpackError.TableSize)]
    [InlineData("202020", HpackError.TableSize)]
    [InlineData("0481ff", HpackError.Huffman)]
    [InlineData("0482fff8", HpackError.Huffman)]
    [InlineData("0484ffffffff", HpackError.Huffman)]
    [InlineData("048118", HpackError.Huffman)]
    [InlineData("0005", HpackError.Truncated)]
    [InlineData("4003", HpackError.Truncated)]
    [InlineData("0402", HpackError.Truncated)]
    [InlineData("ff", HpackError.Truncated)]
    public void Decode_InvalidBlock_NamesTheError(string hex, HpackError error)
    {
        var decoder = new HpackDecoder();
        var sink = new FieldList();
        decoder.BeginBlock();

        Assert.False(decoder.TryDecode(Convert.FromHexString(hex), true, ref sink, out _));
        Assert.Equal(error, decoder.Error);
    }

    [Fact]
    public void Decode_FieldLargerThanTable_EmptiesIt()
    {
        var decoder = new HpackDecoder();
        var sink = new FieldList();
        decoder.BeginBlock();

        // Table of 64 bytes, a field of 34 bytes, then one of 70.
        Assert.True(decoder.TryDecode(
            [0x3F, 0x21, 0x40, 1, (byte)'a', 1, (byte)'b', 0x40, 1, (byte)'c', 37, .. new byte[37]], true, ref sink,
            out _));

        Assert.Equal(0, decoder.TableSize);
        Assert.Equal(2, sink.Fields.Count);
    }

    [Fact]
    public void Decode_ReductionAcknowledged_RefusesTheOldSize()
    {
        var decoder = new HpackDecoder(0);
        var sink = new FieldList();
        decoder.BeginBlock();
        Assert.True(decoder.TryDecode([0x3F, 0xE1, 0x1F], true, ref sink, out _));

        decoder.SetTableSizeLimit(0);
        decoder.BeginBlock();

        Assert.False(decoder.TryDecode([0x3F, 0xE1, 0x1F], true, ref sink, out _));
    }

    [Fact]
    public void Huffman_EveryByte_RoundTrips()
    {
        var all = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var coded = new byte[HpackHuffman.EncodedLength(all)];
        var decoded = new byte[(coded.Length * 8 / 5) + 1];

        Assert.Equal(coded.Length, HpackHuffman.Encode(all, coded));
        Assert.Equal(256, HpackHuffman.Decode(coded, decoded));
        Assert.Equal(all, decoded[..256]);
    }

    /// <summary>Seeded: blocks of random bytes are refused or decoded, and nothing is thrown.</summary>
    [Fact]
    public void Decode_RandomBytes_NeverThrows()
    {
        var random = new Random(7);
        var decoder = new HpackDecoder();
        var bytes = new byte[64];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            var sink = new FieldList();
            decoder.BeginBlock();
            decoder.TryDecode(bytes.AsSpan(0, random.Next(bytes.Length)), true, ref sink, out _);
        }

        Assert.True(decoder.TableSize <= HpackDecoder.DefaultTableSize);
    }

    [Fact]
    public void Encode_PeerTableChanges_TellsTheSmallestAndTheLast()
    {
        var encoder = new HpackEncoder();
        var headers = new HeaderMap();
        headers.Add(HeaderId.Method, "GET"u8);
        var space = new byte[64];

        encoder.SetPeerTableSize(0);
        encoder.SetPeerTableSize(100);

        Assert.Equal("203F4582", Convert.ToHexString(space.AsSpan(0, encoder.Encode(headers, space))));
        Assert.Equal("82", Convert.ToHexString(space.AsSpan(0, encoder.Encode(headers, space))));
    }

    [Fact]
    public void Encode_ConnectionHeaders_AreLeftOutAndPseudoHeadersComeFirst()
    {
        var headers = new HeaderMap();
        headers.Add(HeaderId.Connection, "close"u8);
        headers.Add(HeaderId.Server, "x"u8);
        headers.Add(HeaderId.TransferEncoding, "chunked"u8);
        headers.Add(HeaderId.Status, "200"u8);
        var space = new byte[256];
        var length = new HpackEncoder().Encode(headers, space);
        var sink = new FieldList();

        Assert.True(new HpackDecoder().TryDecode(space.AsSpan(0, length), true, ref sink, out _));

        Assert.Equal(":status: 200, server: x", sink.ToString());
    }
}
