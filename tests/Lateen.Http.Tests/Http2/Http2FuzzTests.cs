using Lateen.Http.Http2;

namespace Lateen.Http.Tests.Http2;

/// <summary>
/// Seeded: streams of frames that are mostly right, with bytes changed and cut anywhere. A session never throws, never
/// asks for more than a frame, and its counts stay balanced.
/// </summary>
[Trait("Category", "fuzz")]
public sealed class Http2FuzzTests
{
    private const int Rounds = 500;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_BrokenFrames_KeepsItsOwnRules(bool isServer)
    {
        var (first, rounds) = (Number("LATEEN_SEED", 1), Number("LATEEN_FUZZ_CASES", Rounds));
        for (var round = 0; round < rounds; round++)
        {
            var seed = unchecked((int)((first * 1_000_003) + round));
            try
            {
                Run(isServer, new Random(seed));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Assert.Fail($"round {round}: {e}\nreplay: ./lateen test fuzz --seed {first} --cases {round + 1}");
            }
        }
    }

    private static void Run(bool isServer, Random random)
    {
        var input = Frames(random, isServer);
        for (var i = random.Next(4); i > 0; i--)
        {
            input[random.Next(input.Length)] = (byte)random.Next(256);
        }

        var peer = new Http2Harness(isServer) { Answer = [.. "answer"u8] };
        if (!isServer)
        {
            Open(peer);
        }

        var at = 0;
        while (at < input.Length && !peer.IsClosed)
        {
            var piece = Math.Min(1 + random.Next(64), input.Length - at);
            peer.Feed(input.AsSpan(at, piece));
            at += piece;
            if (isServer)
            {
                peer.Reply();
            }

            Assert.InRange(peer.Session.BytesWanted, 0, Http2Limits.FrameBytesMax + Http2FrameHeader.Bytes);
            Assert.Equal(peer.Session.StreamCount, peer.Counts.GetValueOrDefault(Http2Stat.StreamsActive));
        }
    }

#pragma warning disable RS0030 // What is replayed comes from outside.
    private static long Number(string name, long otherwise) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), out var number) ? number : otherwise;
#pragma warning restore RS0030

    private static void Open(Http2Harness peer)
    {
        var request = new HeaderMap();
        request.Add(HeaderId.Method, "GET"u8);
        for (var i = 0; i < 3; i++)
        {
            var stream = peer.Session.OpenStream()!;
            stream.Headers = new HeaderMap();
            stream.Trailers = new HeaderMap();
            peer.Session.WriteHeaders(stream, request, i != 1);
        }
    }

    private static byte[] Frames(Random random, bool isServer)
    {
        var frames = new Http2Frames();
        if (isServer)
        {
            frames.Preface();
        }
        else
        {
            frames.Frame(Http2FrameType.Settings, 0, 0);
        }

        for (var i = random.Next(1, 12); i > 0; i--)
        {
            var id = (random.Next(4) * 2) + 1;
            switch (random.Next(10))
            {
                case 0 or 1 or 2 when isServer:
                    frames.Get(id, random.Next(2) == 0, $"x-{random.Next(9)}: {random.Next()}");
                    break;
                case 0 or 1 or 2:
                    frames.Headers(id, random.Next(2) == 0, ":status: 200", $"x-{random.Next(9)}: {random.Next()}");
                    break;
                case 3 or 4:
                    frames.Frame(Http2FrameType.Data, random.Next(2), id, new byte[random.Next(64)]);
                    break;
                case 5:
                    frames.Number(Http2FrameType.WindowUpdate, random.Next(2) * id, (uint)random.Next(1, 1000));
                    break;
                case 6:
                    frames.Number(Http2FrameType.RstStream, id, (uint)random.Next(14));
                    break;
                case 7:
                    frames.Setting(random.Next(1, 9), (uint)random.Next(70_000));
                    break;
                case 8:
                    frames.Headers(id, true, $"x-t: {random.Next()}");
                    break;
                default:
                    frames.Frame((Http2FrameType)random.Next(12), random.Next(256), id, new byte[random.Next(16)]);
                    break;
            }
        }

        return frames.Take();
    }
}
