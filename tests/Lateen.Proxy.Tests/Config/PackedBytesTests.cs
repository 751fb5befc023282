using System.Text;
using Google.Protobuf;
using Lateen.Proxy.Config;

namespace Lateen.Proxy.Tests.Config;

public sealed class PackedBytesTests
{
    [Fact]
    public void Unpack_RandomTextsOverRandomBases_GivesWhatWasPacked()
    {
        var random = new Random(7);
        for (var i = 0; i < 3000; i++)
        {
            var basis = Text(random, random.Next(300));
            var source = Text(random, random.Next(600));

            var packed = PackedBytes.Pack(source, basis);

            Assert.Equal(source, packed.Unpack());
            Assert.Equal(source.Length, packed.Length);
        }
    }

    [Fact]
    public void Pack_OneByteManyTimes_TakesAFewBytes()
    {
        var source = new byte[10_000];

        var packed = PackedBytes.Pack(source, []);

        Assert.Equal(source, packed.Unpack());
        Assert.InRange(packed.PackedLength, 1, 16);
    }

    [Fact]
    public void Keep_ResourcesAlike_TakeLessThanAThirdAfterTheFirst()
    {
        var packer = new ResourcePacker();
        for (var i = 0; i < 100; i++)
        {
            var source = ByteString.CopyFrom(Encoding.UTF8.GetBytes(
                $"outbound|80||svc{i}.demo.svc.cluster.local connect_timeout 10s LEAST_REQUEST max_connections "
                + $"4294967295 max_requests 4294967295 sni outbound_.80_._.svc{i}.demo.svc.cluster.local"));

            var kept = packer.Keep(source, "1", DateTimeOffset.UnixEpoch);

            Assert.Equal(source, kept.Source);
            Assert.True(kept.Is(source));
            Assert.True(i == 0 || kept.Packed.PackedLength < source.Length / 3);
        }
    }

    [Fact]
    public void Is_OtherBytesOfTheSameLength_IsFalse()
    {
        var kept = new ResourceVersion(ByteString.CopyFromUtf8("one"), "", DateTimeOffset.UnixEpoch);

        Assert.False(kept.Is(ByteString.CopyFromUtf8("two")));
    }

    // Of few letters, so that runs repeat.
    private static byte[] Text(Random random, int length)
    {
        var text = new byte[length];
        var letters = random.Next(1, 5);
        for (var i = 0; i < length; i++)
        {
            text[i] = (byte)('a' + random.Next(letters));
        }
        return text;
    }
}
