using System.Text;
using Lateen.Http;
using Lateen.Http.Hpack;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>
/// Header blocks of our encoder, then changed: cut anywhere they give the same, the table keeps its limit, and
/// unchanged ones give back the fields.
/// </summary>
internal sealed class HpackTarget : IFuzzTarget
{
    private static readonly string[] _names =
        [":path", ":status", "content-type", "x-a", "x-long-name-of-a-field", "cookie", "authorization", "te"];

    public string Name => "hpack";

    public long CasesByDefault => 10_000;

    public void Run(FuzzInput input)
    {
        var encoder = new HpackEncoder();
        var (whole, cut) = (new HpackDecoder(8192), new HpackDecoder(8192));
        var space = new byte[64 * 1024];
        for (var block = input.Between(1, 5); block > 0; block--)
        {
            if (input.Chance(0.2))
            {
                encoder.SetPeerTableSize(input.Below(6000));
            }

            var fields = new List<(string, string)>();
            var length = 0;
            for (var i = input.Below(8); i > 0; i--)
            {
                var name = input.Chance(0.7) ? input.Pick<string>(_names) : input.Text("abcdefgh-", 20) + "x";
                var value = input.Chance(0.5) ? input.Text("abc/=", 6) : input.Text("abcdefghij 0123456789~", 300);
                fields.Add((name, value));
                var bytes = Encoding.Latin1.GetBytes(name);
                length += encoder.EncodeField(
                    HeaderIds.Find(bytes), bytes, Encoding.Latin1.GetBytes(value), space.AsSpan(length));
            }

            var wire = space[..length];
            var changed = input.Chance(0.5) ? input.Mutate(wire) : wire;
            var (ok, read) = Decode(whole, changed, [changed.Length]);
            var (cutOk, cutRead) = Decode(cut, changed, input.Cuts(changed.Length));
            Assert.Equal(ok, cutOk);
            Assert.Equal(read, cutRead);
            Assert.InRange(whole.TableSize, 0, 8192);
            if (!ok)
            {
                return;
            }

            if (!changed.AsSpan().SequenceEqual(wire))
            {
                return;
            }

            Assert.Equal(fields, read);
        }
    }

    private static (bool Ok, List<(string, string)> Fields) Decode(HpackDecoder decoder, byte[] wire, List<int> cuts)
    {
        var sink = new Sink();
        decoder.BeginBlock();
        var start = 0;
        foreach (var end in cuts.Count == 0 ? [0] : cuts)
        {
            var ok = decoder.TryDecode(wire.AsSpan(start, end - start), end == wire.Length, ref sink, out var consumed);
            Assert.InRange(consumed, 0, end - start);
            start += consumed;
            if (!ok)
            {
                return (false, sink.Fields);
            }
        }

        Assert.Equal(wire.Length, start);
        return (true, sink.Fields);
    }

    private sealed class Sink : IHpackSink
    {
        public List<(string, string)> Fields { get; } = [];

        public void OnField(HeaderId id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
            Fields.Add((Encoding.Latin1.GetString(name), Encoding.Latin1.GetString(value)));
    }
}
