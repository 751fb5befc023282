using System.Buffers.Binary;
using System.Net;
using System.Text;
using Lateen.Local.Network;

namespace Lateen.Local.Tests;

public sealed class DnsServerTests
{
    [Fact]
    public void Answer_KnownName_HoldsTheAddress()
    {
        using var server = Server();

        var answer = server.Answer(Query("Web.Shop.svc.cluster.local", 1))!;

        Assert.Equal(0x1234, BinaryPrimitives.ReadUInt16BigEndian(answer));
        Assert.Equal(0, answer[3] & 0x0F);
        Assert.Equal(1, BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(6)));
        Assert.Equal([10, 96, 0, 7], answer[^4..]);
    }

    [Fact]
    public void Answer_IPv6OfKnownName_IsEmptyAndNoError()
    {
        using var server = Server();

        var answer = server.Answer(Query("web.shop.svc.cluster.local", 28))!;

        Assert.Equal(0, answer[3] & 0x0F);
        Assert.Equal(0, BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(6)));
    }

    [Fact]
    public void Answer_UnknownName_IsNameError()
    {
        using var server = Server();

        Assert.Equal(3, server.Answer(Query("example.com", 1))![3] & 0x0F);
    }

    [Fact]
    public void Answer_EveryTruncatedQuery_IsNone()
    {
        using var server = Server();
        var query = Query("web.shop.svc.cluster.local", 1);

        for (var length = 0; length < query.Length; length++)
        {
            Assert.Null(server.Answer(query.AsSpan(0, length)));
        }
    }

    private static DnsServer Server()
    {
        var server = new DnsServer("127.0.0.1");
        server.SetNames([new("web.shop.svc.cluster.local", [IPAddress.Parse("10.96.0.7")])]);
        return server;
    }

    private static byte[] Query(string name, byte type)
    {
        List<byte> query = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        foreach (var label in name.Split('.'))
        {
            query.Add((byte)label.Length);
            query.AddRange(Encoding.ASCII.GetBytes(label));
        }

        query.AddRange([0, 0, type, 0, 1]);
        return [.. query];
    }
}
