using System.Text;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tests.Runtime;

public sealed class GrpcFrameReaderTests
{
    private static readonly byte[] _two =
        [.. GrpcFrameReader.Frame("first"u8), .. GrpcFrameReader.Frame(""u8), .. GrpcFrameReader.Frame("second"u8)];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Messages_InPiecesOfAnySize_ComeOutWhole(int size)
    {
        var reader = new GrpcFrameReader(100);
        var messages = new List<string>();

        for (var at = 0; at < _two.Length; at += size)
        {
            ReadOnlySpan<byte> piece = _two.AsSpan(at, Math.Min(size, _two.Length - at));
            while (!piece.IsEmpty && reader.TryTake(ref piece, out var message))
            {
                messages.Add(Encoding.UTF8.GetString(message.Span));
            }
        }

        Assert.Equal(["first", "", "second"], messages);
        Assert.False(reader.IsWithinMessage);
        Assert.Null(reader.Error);
    }

    [Fact]
    public void Message_CutShort_IsWithinIt()
    {
        var reader = new GrpcFrameReader(100);
        ReadOnlySpan<byte> piece = GrpcFrameReader.Frame("first"u8).AsSpan(0, 7);

        Assert.False(reader.TryTake(ref piece, out _));

        Assert.True(reader.IsWithinMessage);
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(4, false)]
    public void Message_OverTheLimit_IsAnError(int limit, bool fits)
    {
        var reader = new GrpcFrameReader(limit);
        ReadOnlySpan<byte> piece = GrpcFrameReader.Frame("first"u8);

        Assert.Equal(fits, reader.TryTake(ref piece, out _));

        Assert.Equal(fits, reader.Error is null);
    }

    [Fact]
    public void Message_Compressed_IsAnError()
    {
        var reader = new GrpcFrameReader(100);
        ReadOnlySpan<byte> piece = [1, 0, 0, 0, 1, 9];

        Assert.False(reader.TryTake(ref piece, out _));

        Assert.Equal("a message is compressed, though no encoding was offered", reader.Error);
    }
}
