using System.Buffers.Binary;
using System.Text;
using Lateen.Proxy.Runtime;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>ClientHellos in one or more records: the server name is found, every beginning asks for more, and what is
/// broken does no harm.</summary>
internal sealed class ClientHelloTarget : IFuzzTarget
{
    public string Name => "client-hello";

    public long CasesByDefault => 30_000;

    public void Run(FuzzInput input)
    {
        var name = input.Text("abcdefghijklmnop.-0123", 40) + "x";
        var bytes = Records(input, Hello(input, name));
        if (input.Chance(0.4))
        {
            Assert.Equal(InspectResult.Found, TlsInspector.Inspect(bytes, out var found, out var protocols));
            Assert.Equal(name, Encoding.ASCII.GetString(found));
            Assert.Equal(2, protocols.Length);
            var part = input.Between(1, bytes.Length - 1);
            Assert.Equal(InspectResult.NeedMore, TlsInspector.Inspect(bytes.AsSpan(0, part), out _, out _));
            return;
        }

        var changed = input.Mutate(bytes);
        if (changed.Length > 0)
        {
            TlsInspector.Inspect(changed, out _, out _);
        }
    }

    private static byte[] Hello(FuzzInput input, string name)
    {
        var body = new List<byte> { 3, 3 };
        body.AddRange(input.Bytes(32));
        Vector(body, 1, input.Bytes(input.Below(33)));
        Vector(body, 2, input.Bytes(2 * input.Between(1, 10)));
        Vector(body, 1, [0]);
        var extensions = new List<byte>();
        for (var i = input.Below(3); i > 0; i--)
        {
            Extension(extensions, input.Pick(5, 11, 23, 0x1a1a), input.Bytes(input.Below(30)));
        }

        var host = Encoding.ASCII.GetBytes(name);
        var entry = new List<byte> { 0 };
        Vector(entry, 2, host);
        var list = new List<byte>();
        Vector(list, 2, [.. entry]);
        Extension(extensions, 0, [.. list]);
        var names = new List<byte>();
        Vector(names, 2, [2, .. "h2"u8, 8, .. "http/1.1"u8]);
        Extension(extensions, 16, [.. names]);
        Vector(body, 2, [.. extensions]);
        return [1, (byte)(body.Count >> 16), (byte)(body.Count >> 8), (byte)body.Count, .. body];
    }

    private static byte[] Records(FuzzInput input, byte[] hello)
    {
        var result = new List<byte>();
        var at = 0;
        foreach (var cut in input.Cuts(hello.Length))
        {
            var header = new byte[] { 0x16, 3, 1, 0, 0 };
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(3), (ushort)(cut - at));
            result.AddRange(header);
            result.AddRange(hello[at..cut]);
            at = cut;
        }

        return [.. result];
    }

    private static void Vector(List<byte> to, int lengthBytes, byte[] content)
    {
        for (var shift = 8 * (lengthBytes - 1); shift >= 0; shift -= 8)
        {
            to.Add((byte)(content.Length >> shift));
        }

        to.AddRange(content);
    }

    private static void Extension(List<byte> to, int type, byte[] content)
    {
        to.AddRange([(byte)(type >> 8), (byte)type]);
        Vector(to, 2, content);
    }
}
