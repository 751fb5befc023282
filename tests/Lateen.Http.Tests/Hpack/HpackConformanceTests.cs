using System.Text;
using System.Text.Json;
using Lateen.Http.Hpack;
using Xunit.Abstractions;

namespace Lateen.Http.Tests.Hpack;

/// <summary>
/// The suite hpack: blocks of several encoders decode to their fields, whole and cut anywhere; and what our encoder
/// makes of the same fields decodes to them again and is no longer than the plain form.
/// </summary>
public sealed class HpackConformanceTests(ITestOutputHelper output)
{
    [ConformanceFact("hpack")]
    public void Decode_EveryStory_GivesTheFields()
    {
        var blocks = 0;
        foreach (var story in Stories())
        {
            var whole = new HpackDecoder(64 * 1024);
            var cut = new HpackDecoder(64 * 1024);
            foreach (var item in story.EnumerateArray())
            {
                var wire = Convert.FromHexString(item.GetProperty("wire").GetString()!);
                var expected = Fields(item);

                Assert.Equal(expected, Decode(whole, wire, wire.Length));
                Assert.Equal(expected, Decode(cut, wire, 1 + (blocks % 7)));
                blocks++;
            }
        }

        TestKit.ConformanceReport.Add(output, "hpack, blocks decoded", blocks, blocks);
        Assert.True(blocks > 8000);
    }

    [ConformanceFact("hpack")]
    public void Encode_EveryStory_DecodesToTheSame()
    {
        var (coded, plain, blocks) = (0L, 0L, 0);
        var space = new byte[64 * 1024];
        foreach (var story in Stories())
        {
            var encoder = new HpackEncoder();
            var decoder = new HpackDecoder();
            foreach (var item in story.EnumerateArray())
            {
                var expected = Fields(item);
                var (length, literal) = (0, 0);
                foreach (var (name, value) in expected)
                {
                    var nameBytes = Encoding.Latin1.GetBytes(name);
                    length += encoder.EncodeField(
                        HeaderIds.Find(nameBytes), nameBytes, Encoding.Latin1.GetBytes(value), space.AsSpan(length));
                    literal += name.Length + value.Length + 3 + (name.Length > 126 ? 2 : 0)
                        + (value.Length > 126 ? 2 : 0);
                }

                Assert.Equal(expected, Decode(decoder, space[..length], length));
                Assert.True(length <= literal, $"{length} instead of {literal} bytes");
                coded += length;
                plain += literal;
                blocks++;
            }
        }

        output.WriteLine($"{coded} bytes instead of {plain}");
        TestKit.ConformanceReport.Add(output, "hpack, blocks encoded", blocks, blocks);
        Assert.True(coded < plain / 2);
    }

    /// <summary>Gives the block in pieces, with what was left over before each.</summary>
    private static List<(string Name, string Value)> Decode(HpackDecoder decoder, byte[] wire, int pieceBytes)
    {
        var sink = new FieldList();
        decoder.BeginBlock();
        var (start, end) = (0, 0);
        while (end < wire.Length)
        {
            end = Math.Min(wire.Length, end + pieceBytes);
            var ok = decoder.TryDecode(wire.AsSpan(start, end - start), end == wire.Length, ref sink, out var consumed);
            Assert.True(ok, $"{decoder.Error}");
            start += consumed;
        }

        return sink.Fields;
    }

    private static List<(string Name, string Value)> Fields(JsonElement item) =>
    [
        .. item.GetProperty("headers").EnumerateArray()
            .Select(field => field.EnumerateObject().Single())
            .Select(field => (field.Name, field.Value.GetString()!)),
    ];

    private static IEnumerable<JsonElement> Stories() =>
        Directory.EnumerateFiles(SharedConformance.Find("hpack")!, "story_*.json", SearchOption.AllDirectories)
            .Select(path => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement.GetProperty("cases"));
}
