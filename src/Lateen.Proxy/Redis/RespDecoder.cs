using Lateen.Net;

namespace Lateen.Proxy.Redis;

/// <summary>
/// Cuts what a connection receives into frames. Bytes are taken from its input as they are needed, and lie together for
/// the reader of a frame.
/// </summary>
/// <param name="allowInline">Lines of plain words are commands too, as people type them.</param>
internal sealed class RespDecoder(bool allowInline)
{
    private const int RetainedBytesMax = 16 * 1024;
    private const int InlineBytesMax = 64 * 1024;

    private readonly RespScanner _scanner = new();
    private byte[] _bytes = new byte[1024];
    private int _start;
    private int _end;

    /// <summary>Bytes that belong to no frame read so far.</summary>
    internal int BufferedBytes => _end - _start;

    /// <summary>The next frame, good until the next call; inline commands keep their line as it is.</summary>
    internal RespStatus TryRead(BufferChain input, out ReadOnlySpan<byte> frame)
    {
        while (true)
        {
            var status = Look(out var length);
            if (status == RespStatus.Done)
            {
                frame = _bytes.AsSpan(_start, length);
                _start += length;
                _scanner.Reset();
                return status;
            }

            frame = default;
            if (status == RespStatus.Invalid || input.IsEmpty)
            {
                return status;
            }

            Take(input);
        }
    }

    private RespStatus Look(out int length)
    {
        length = 0;
        var bytes = _bytes.AsSpan(_start, _end - _start);
        if (bytes.IsEmpty)
        {
            return RespStatus.NeedMore;
        }

        if (allowInline && RespInline.BeginsSo(bytes[0]))
        {
            return RespInline.Measure(bytes, InlineBytesMax, out length);
        }

        var status = _scanner.Advance(bytes);
        length = _scanner.Length;
        return status;
    }

    private void Take(BufferChain input)
    {
        var held = _end - _start;
        var first = input.First;
        if (held == 0 && _bytes.Length > RetainedBytesMax && first.Length <= RetainedBytesMax)
        {
            _bytes = new byte[RetainedBytesMax];
        }

        if (_bytes.Length - _end < first.Length)
        {
            var target = _bytes.Length < held + first.Length
                ? new byte[Math.Max(_bytes.Length * 2, held + first.Length)]
                : _bytes;
            _bytes.AsSpan(_start, held).CopyTo(target);
            _bytes = target;
            _start = 0;
            _end = held;
        }

        first.CopyTo(_bytes.AsSpan(_end));
        _end += first.Length;
        input.Consume(first.Length);
    }
}
