using System.Threading.Channels;
using Lateen.Grpc;
using Lateen.Xds.Client;

namespace Lateen.Xds.Tests.Client;

/// <summary>A transport in memory whose other end the test plays, message by message.</summary>
internal sealed class PipeTransport : IXdsTransport
{
    private readonly Channel<ServerEnd> _opened = Channel.CreateUnbounded<ServerEnd>();

    /// <summary>Set to make the next attempts to open a stream fail.</summary>
    internal GrpcStatus? Refusal { get; set; }

    internal int OpenCount { get; private set; }

    public ValueTask<IXdsByteStream> OpenAsync(string methodPath, CancellationToken cancellation)
    {
        OpenCount++;
        if (Refusal is not null)
        {
            throw new GrpcException(Refusal);
        }

        var end = new ServerEnd(methodPath);
        _opened.Writer.TryWrite(end);
        return ValueTask.FromResult<IXdsByteStream>(end.Stream);
    }

    internal async Task<ServerEnd> AcceptAsync() =>
        await _opened.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    internal sealed class ServerEnd
    {
        private readonly Channel<byte[]> _requests = Channel.CreateUnbounded<byte[]>();
        private readonly Channel<byte[]> _responses = Channel.CreateUnbounded<byte[]>();

        internal ServerEnd(string path)
        {
            Path = path;
            Stream = new ClientEnd(_requests.Writer, _responses.Reader);
        }

        internal string Path { get; }

        internal IXdsByteStream Stream { get; }

        internal async Task<byte[]> ReadAsync() =>
            await _requests.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        internal bool HasRequest => _requests.Reader.Count > 0;

        internal void Write(byte[] response) => _responses.Writer.TryWrite(response);

        internal void Break(GrpcStatusCode code) => _responses.Writer.Complete(new GrpcException(code, "broken"));
    }

    private sealed class ClientEnd(ChannelWriter<byte[]> requests, ChannelReader<byte[]> responses) : IXdsByteStream
    {
        public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation) =>
            requests.WriteAsync(message.ToArray(), cancellation);

        public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation)
        {
            try
            {
                return await responses.ReadAsync(cancellation);
            }
            catch (ChannelClosedException e) when (e.InnerException is GrpcException inner)
            {
                throw new GrpcException(inner.Status);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
