using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Bookinfo.Service;

/// <summary>Reads heads, counted bytes and chunks off a socket; keeps what came too early for the next
/// message.</summary>
internal sealed class MessageReader(Socket socket)
{
    private byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    /// <summary>The lines up to the empty one; null at the end of the stream or past the limit.</summary>
    public async Task<string?> ReadHeadAsync(int bytesMax)
    {
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8);
            if (at >= 0)
            {
                var head = Encoding.Latin1.GetString(_buffer, _start, at);
                _start += at + 4;
                return head;
            }

            if (_end - _start > bytesMax || !await FillAsync().ConfigureAwait(false))
            {
                return null;
            }
        }
    }

    public async Task<byte[]?> ReadBytesAsync(int count)
    {
        while (_end - _start < count)
        {
            if (!await FillAsync().ConfigureAwait(false))
            {
                return null;
            }
        }

        var bytes = _buffer.AsSpan(_start, count).ToArray();
        _start += count;
        return bytes;
    }

    public async Task<byte[]?> ReadToEndAsync(int bytesMax)
    {
        while (_end - _start <= bytesMax && await FillAsync().ConfigureAwait(false))
        {
            // Until the peer closes.
        }

        return _end - _start > bytesMax ? null : await ReadBytesAsync(_end - _start).ConfigureAwait(false);
    }

    public async Task<byte[]?> ReadChunksAsync(int bytesMax)
    {
        List<byte> body = [];
        while (await ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (!int.TryParse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var count)
                || body.Count + count > bytesMax)
            {
                return null;
            }

            if (count == 0)
            {
                while (await ReadLineAsync().ConfigureAwait(false) is { Length: > 0 })
                {
                    // Trailers are of no use here.
                }

                return [.. body];
            }

            var chunk = await ReadBytesAsync(count + 2).ConfigureAwait(false);
            if (chunk is null)
            {
                return null;
            }

            body.AddRange(chunk.AsSpan(0, count));
        }

        return null;
    }

    private async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (at >= 0)
            {
                var line = Encoding.Latin1.GetString(_buffer, _start, at);
                _start += at + 2;
                return line;
            }

            if (!await FillAsync().ConfigureAwait(false))
            {
                return null;
            }
        }
    }

    private async Task<bool> FillAsync()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _buffer.Length)
        {
            var larger = _start > 0 ? _buffer : new byte[_buffer.Length * 2];
            Buffer.BlockCopy(_buffer, _start, larger, 0, _end - _start);
            (_buffer, _end, _start) = (larger, _end - _start, 0);
        }

        var count = await socket.ReceiveAsync(_buffer.AsMemory(_end)).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }
}
