using System.Text;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>What is written is read again by our own reader, and looks as the protocol has it.</summary>
public sealed class ProxyProtocolWriterTests
{
    private static readonly ProxyProtocolState _state = new(
        At("1.2.3.4:5000"), At("10.0.0.1:80"), [(0xEA, "abc"u8.ToArray()), (1, "h2"u8.ToArray())]);

    [Fact]
    public void Version1_OfFourByteAddresses_IsALineOfText() => Assert.Equal(
        "PROXY TCP4 1.2.3.4 10.0.0.1 5000 80\r\n", Encoding.ASCII.GetString(
            ProxyProtocolWriter.Write(new TransportSocketConfig { ProxyProtocolVersion = 1 }, _state)));

    [Fact]
    public void Version2_WithOneTypeThatPasses_HoldsAddressesAndThatExtension()
    {
        var bytes = ProxyProtocolWriter.Write(
            new TransportSocketConfig { ProxyProtocolVersion = 2, PassTlvs = [0xEA] }, _state);
        Assert.Equal(InspectResult.Found, ProxyProtocol.Read(bytes, out var header));
        Assert.Equal(bytes.Length, header.Length);
        Assert.Equal(_state.Source, header.Source);
        Assert.Equal(_state.Destination, header.Destination);
        var (type, value) = Assert.Single(ProxyProtocol.TlvsOf(bytes, header));
        Assert.Equal(0xEA, type);
        Assert.Equal("abc"u8.ToArray(), value);
    }

    [Fact]
    public void Version2_WithoutAState_SaysLocal()
    {
        var bytes = ProxyProtocolWriter.Write(new TransportSocketConfig { ProxyProtocolVersion = 2 }, null);
        Assert.Equal(0x20, bytes[12]);
        Assert.Equal(16, bytes.Length);
    }

    private static Address At(string text) =>
        Address.TryParse(Encoding.ASCII.GetBytes(text), out var address) ? address : default;

    [Fact]
    public void Write_AddedExtensions_HostBeforeClusterBeforePassed()
    {
        var socket = new TransportSocketConfig
        {
            ProxyProtocolVersion = 2,
            PassTlvs = [],
            AddedTlvs = [(0xE0, [1]), (0xE1, [2])],
        };
        var state = new ProxyProtocolState(_state.Source, _state.Destination, [(0xE1, [8]), (0xE2, [9])]);

        var bytes = ProxyProtocolWriter.Write(socket, state, [(0xE0, [7])]);

        Assert.Equal([0xE0, 0, 1, 7, 0xE1, 0, 1, 2, 0xE2, 0, 1, 9], bytes[^12..]);
    }
}
