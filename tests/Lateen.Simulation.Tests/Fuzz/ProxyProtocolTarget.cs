using System.Buffers.Binary;
using System.Text;
using Lateen.Proxy.Runtime;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>PROXY headers, right and broken: every beginning of a right one asks for more, and no length is beyond what
/// has come.</summary>
internal sealed class ProxyProtocolTarget : IFuzzTarget
{
    public string Name => "proxy-protocol";

    public long CasesByDefault => 50_000;

    public void Run(FuzzInput input)
    {
        var valid = input.Chance(0.5) ? Version1(input) : Version2(input);
        var (bytes, isValid) = input.Chance(0.3) ? (valid, true) : (input.Mutate(valid), false);
        if (isValid)
        {
            Assert.Equal(InspectResult.Found, ProxyProtocol.Read(bytes, out var header));
            Assert.Equal(bytes.Length, header.Length);
            var part = input.Between(1, bytes.Length - 1);
            Assert.Equal(InspectResult.NeedMore, ProxyProtocol.Read(bytes.AsSpan(0, part), out _));
            return;
        }

        if (bytes.Length > 0 && ProxyProtocol.Read(bytes, out var found) == InspectResult.Found)
        {
            Assert.InRange(found.Length, 1, bytes.Length);
        }
    }

    private static byte[] Version1(FuzzInput input)
    {
        var v6 = input.Chance(0.5);
        string Ip() => v6 ? $"2001:db8::{input.Below(65536):x}" : $"10.{input.Below(256)}.0.{input.Below(256)}";
        return Encoding.ASCII.GetBytes(
            $"PROXY TCP{(v6 ? 6 : 4)} {Ip()} {Ip()} {input.Below(65536)} {input.Below(65536)}\r\n");
    }

    private static byte[] Version2(FuzzInput input)
    {
        var v6 = input.Chance(0.5);
        var body = new List<byte>(input.Bytes(v6 ? 36 : 12));
        for (var i = input.Below(4); i > 0; i--)
        {
            var value = input.Bytes(input.Below(20));

            // Type 3 is a checksum, which would have to be right.
            body.AddRange([(byte)input.Pick(1, 2, 5, 0xE0, 0xEA), 0, (byte)value.Length, .. value]);
        }

        var head = new byte[16];
        "\r\n\r\n\0\r\nQUIT\n"u8.CopyTo(head);
        head[12] = 0x21;
        head[13] = v6 ? (byte)0x21 : (byte)0x11;
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(14), (ushort)body.Count);
        return [.. head, .. body];
    }
}
