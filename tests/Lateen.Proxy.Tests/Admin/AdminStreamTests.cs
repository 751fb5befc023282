using System.Net;
using System.Net.Sockets;
using System.Text;
using Lateen.Proxy.Admin;
using Lateen.Proxy.Tapping;

namespace Lateen.Proxy.Tests.Admin;

public sealed class AdminStreamTests
{
    [Fact]
    public async Task Stream_ThatEnds_SendsChunksAndDetachesOnce()
    {
        var detached = 0;
        var stream = new AdminStream(() => Interlocked.Increment(ref detached));
        using var pair = new Pair();
        stream.Write("one"u8.ToArray());
        var over = Task.Run(() => stream.Run(pair.Server, true));
        stream.Write("two!"u8.ToArray());
        stream.End();
        stream.Write("late"u8.ToArray());
        Assert.Equal("3\r\none\r\n4\r\ntwo!\r\n0\r\n\r\n", pair.ReadUntil("0\r\n\r\n"));
        pair.Client.Shutdown(SocketShutdown.Both);
        Assert.Null(await over);
        Assert.Equal(1, detached);
    }

    [Fact]
    public void Stream_WhoseClientLeaves_Detaches()
    {
        var detached = 0;
        var stream = new AdminStream(() => Interlocked.Increment(ref detached));
        using var pair = new Pair();
        pair.Client.Shutdown(SocketShutdown.Both);
        Assert.Null(stream.Run(pair.Server, true));
        Assert.Equal(1, detached);
    }

    [Fact]
    public async Task Buffer_ThatIsFull_EndsTheAnswerWithItsTraces()
    {
        var stream = new AdminStream(() => { });
        var sink = new TapBufferSink(stream, 2, TimeSpan.Zero, TimeProvider.System);
        using var pair = new Pair();
        var over = Task.Run(() => stream.Run(pair.Server, true));
        sink.Append(1, TapFormat.JsonBodyAsBytes, "a"u8.ToArray());
        sink.Append(2, TapFormat.JsonBodyAsBytes, "b"u8.ToArray());
        sink.Append(3, TapFormat.JsonBodyAsBytes, "c"u8.ToArray());
        Assert.Equal("1\r\na\r\n1\r\nb\r\n0\r\n\r\n", pair.ReadUntil("0\r\n\r\n"));
        pair.Client.Shutdown(SocketShutdown.Both);
        Assert.Null(await over);
    }

    /// <summary>Both ends of a connection.</summary>
    private sealed class Pair : IDisposable
    {
        public Pair()
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen(1);
            Client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                ReceiveTimeout = 10_000,
            };
            Client.Connect(listener.LocalEndPoint!);
            Server = listener.Accept();
        }

        public Socket Client { get; }

        public Socket Server { get; }

        public string ReadUntil(string end)
        {
            var text = new StringBuilder();
            var buffer = new byte[1024];
            while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
            {
                var count = Client.Receive(buffer);
                Assert.NotEqual(0, count);
                text.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }
            return text.ToString();
        }

        public void Dispose()
        {
            Client.Dispose();
            Server.Dispose();
        }
    }
}
