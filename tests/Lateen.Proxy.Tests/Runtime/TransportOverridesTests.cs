using System.Text;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Runtime;

public sealed class TransportOverridesTests
{
    [Fact]
    public void Overrides_WithoutFilterState_AreNone()
    {
        var info = new StreamInfo();
        info.Reset(new ConnectionInfo());

        Assert.Null(TransportOverrides.ServerName(info));
        Assert.Null(TransportOverrides.Alpn(info));
        Assert.Null(TransportOverrides.SubjectAltNames(info));
    }

    [Fact]
    public void Overrides_ObjectsOfStreamAndConnection_AreTaken()
    {
        var connection = new ConnectionInfo { FilterState = new FilterState() };
        connection.FilterState.Set("envoy.network.application_protocols", "h2, foo");
        var info = new StreamInfo();
        info.Reset(connection);
        info.SetFilterState("envoy.network.upstream_server_name", "a.example");
        info.SetFilterState("envoy.network.upstream_subject_alt_names", "a,b");

        Assert.Equal("a.example"u8.ToArray(), TransportOverrides.ServerName(info));
        Assert.Equal(["h2", "foo"], TransportOverrides.Alpn(info)!.Select(Encoding.ASCII.GetString));
        Assert.Equal("a,b"u8.ToArray(), TransportOverrides.SubjectAltNames(info));
    }
}
