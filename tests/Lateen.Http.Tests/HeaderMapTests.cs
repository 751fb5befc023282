using System.Text;

namespace Lateen.Http.Tests;

public sealed class HeaderMapTests
{
    private static readonly HeaderName Custom = HeaderName.Create("X-Custom");

    [Fact]
    public void Find_EveryInternedName_GivesItsId()
    {
        for (var i = 1; i < HeaderIds.Count; i++)
        {
            Assert.Equal((HeaderId)i, HeaderIds.Find(HeaderIds.NameOf((HeaderId)i)));
        }
    }

    [Theory]
    [InlineData(HeaderId.XForwardedClientCert, "x-forwarded-client-cert")]
    [InlineData(HeaderId.Method, ":method")]
    [InlineData(HeaderId.XEnvoyUpstreamRqTimeoutMs, "x-envoy-upstream-rq-timeout-ms")]
    [InlineData(HeaderId.GrpcStatus, "grpc-status")]
    public void NameOf_Id_IsTheHeaderName(HeaderId id, string name) =>
        Assert.Equal(name, Encoding.ASCII.GetString(HeaderIds.NameOf(id)));

    [Fact]
    public void Add_SameNameTwice_KeepsBothInOrder()
    {
        var map = new HeaderMap();
        map.Add(Custom, "a"u8);
        map.Add(HeaderId.Path, "/"u8);
        map.Add(Custom, "b"u8);

        Assert.Equal("x-custom: a, :path: /, x-custom: b", Text(map));
        Assert.Equal(2, map.IndexOf(Custom, 1));
    }

    [Fact]
    public void Set_NamePresentTwice_LeavesOneAtTheFirstPlace()
    {
        var map = new HeaderMap();
        map.Add(Custom, "a"u8);
        map.Add(HeaderId.Via, "1"u8);
        map.Add(Custom, "b"u8);
        map.Add(HeaderId.Via, "2"u8);

        map.Set(Custom, "c"u8);
        map.Set(HeaderId.Via, "3"u8);

        Assert.Equal("x-custom: c, via: 3", Text(map));
    }

    [Fact]
    public void Remove_Id_ForgetsPresence()
    {
        var map = new HeaderMap();
        map.Add(HeaderId.XRequestId, "a"u8);
        map.Add(HeaderId.Via, "1"u8);

        Assert.Equal(1, map.Remove(HeaderId.XRequestId));

        Assert.False(map.Contains(HeaderId.XRequestId));
        Assert.Equal(-1, map.IndexOf(HeaderId.XRequestId));
        Assert.Equal("via: 1", Text(map));
    }

    [Fact]
    public void Append_Absent_Adds_Present_Joins()
    {
        var map = new HeaderMap();
        map.Append(HeaderId.XForwardedFor, "1.1.1.1"u8, ","u8);
        map.Append(HeaderId.XForwardedFor, "2.2.2.2"u8, ","u8);

        Assert.Equal("x-forwarded-for: 1.1.1.1,2.2.2.2", Text(map));
    }

    [Fact]
    public void Append_OwnValueWhileGrowing_KeepsBytes()
    {
        var map = new HeaderMap();
        map.Add(Custom, Encoding.ASCII.GetBytes(new string('x', 1000)));
        map.AppendValue(0, map.GetValue(0), "-"u8);

        Assert.Equal(new string('x', 1000) + "-" + new string('x', 1000), Encoding.ASCII.GetString(map.GetValue(0)));
    }

    [Fact]
    public void Map_WhenWarm_AllocatesNothing()
    {
        var map = new HeaderMap();
        Fill(map);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Fill(map);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Fill(HeaderMap map)
    {
        map.Clear();
        map.Add(HeaderId.Method, "GET"u8);
        map.Add(Custom, "value"u8);
        map.Add("x-other"u8, "value"u8);
        map.Set(HeaderId.XRequestId, "abc"u8);
        map.Append(HeaderId.XForwardedFor, "1.1.1.1"u8, ","u8);
        map.Append(HeaderId.XForwardedFor, "2.2.2.2"u8, ","u8);
        map.Remove("x-other"u8);
    }

    private static string Text(HeaderMap map)
    {
        var parts = new List<string>();
        for (var i = 0; i < map.Count; i++)
        {
            parts.Add($"{Encoding.ASCII.GetString(map.GetName(i))}: {Encoding.ASCII.GetString(map.GetValue(i))}");
        }

        return string.Join(", ", parts);
    }
}
