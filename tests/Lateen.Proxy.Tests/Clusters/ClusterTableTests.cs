using System.Text;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Tests.Clusters;

public sealed class ClusterTableTests
{
    [Theory]
    [InlineData("plain", "plain", true)]
    [InlineData("plain", "plaim", false)]
    [InlineData("plain", "plai", false)]
    [InlineData("plai", "plain", false)]
    [InlineData("b\u00fccher-\ud83d\ude80", "b\u00fccher-\ud83d\ude80", true)]
    [InlineData("b\u00fccher", "b\u00fcchen", false)]
    [InlineData("", "", true)]
    public void Find_NameOfARequest_IsComparedAsUtf8(string configured, string asked, bool isFound)
    {
        var table = new ClusterTable();
        var slot = table.GetOrAdd(configured);

        Assert.Equal(isFound ? slot : null, table.Find(Encoding.UTF8.GetBytes(asked)));
        Assert.Equal(isFound, Utf8Names.AreEqual(configured, Encoding.UTF8.GetBytes(asked)));
    }

    [Fact]
    public void Find_BrokenBytes_IsNone()
    {
        var table = new ClusterTable();
        table.GetOrAdd("\ufffd");

        Assert.Null(table.Find([0xFF]));
        Assert.Null(table.Find([0xE2, 0x82]));
    }
}
