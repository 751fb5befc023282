using Lateen.Http;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Tests.Tracing;

public sealed class TraceContextTests
{
    [Theory]
    [InlineData("aaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb", true, null)]
    [InlineData("aaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-1", true, true)]
    [InlineData("aaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-d", true, true)]
    [InlineData("0af7651916cd43dd8448eb211c80319c-bbbbbbbbbbbbbbbb-0-cccccccccccccccc", true, false)]
    [InlineData("0", true, false)]
    [InlineData("2", false, false)]
    [InlineData("aaaa-bbbb-1", false, null)]
    [InlineData("aaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-1-cc", false, true)]
    [InlineData("aaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-", false, null)]
    [InlineData("aaaaaaaaaaaaaaag-bbbbbbbbbbbbbbbb-1", false, null)]
    public void B3_SingleHeader_ReadsOrIsRefused(string text, bool isReadable, bool? sampled)
    {
        var headers = new HeaderMap();
        headers.Add(HeaderName.Create("b3"), System.Text.Encoding.ASCII.GetBytes(text));

        Assert.Equal(isReadable, B3Context.TryRead(headers, out var context));

        Assert.True(context.IsSingle);
        if (isReadable)
        {
            Assert.Equal(sampled, context.Sampled);
        }
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true, true)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true, false)]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03", true, true)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01", false, false)]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", false, false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false, false)]
    [InlineData("0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false, false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c.b7ad6b7169203331-01", false, false)]
    [InlineData("", false, false)]
    public void TraceParent_OfAForm_ReadsOrIsRefused(string text, bool isReadable, bool isSampled)
    {
        var headers = new HeaderMap();
        headers.Add(HeaderId.TraceParent, System.Text.Encoding.ASCII.GetBytes(text));

        Assert.Equal(isReadable, W3CContext.TryRead(headers, out var context));

        Assert.Equal(isReadable && isSampled, isReadable && context.IsSampled);
    }

    [Fact]
    public void TraceParent_EveryTruncatedPrefix_IsRefused()
    {
        var whole = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"u8;
        for (var length = 0; length < whole.Length; length++)
        {
            var headers = new HeaderMap();
            headers.Add(HeaderId.TraceParent, whole[..length]);

            Assert.False(W3CContext.TryRead(headers, out _), $"length {length}");
        }
    }

    [Fact]
    public void SpanTags_SameNameTwice_KeepsTheLaterValue()
    {
        var tags = new SpanTags();

        tags.Set("a"u8, "1"u8);
        tags.Set("b"u8, 2);
        tags.Set("a"u8, "three");

        Assert.Equal(2, tags.Count);
        Assert.True(tags.ValueAt(0).SequenceEqual("three"u8));
        Assert.True(tags.ValueAt(1).SequenceEqual("2"u8));
    }
}
