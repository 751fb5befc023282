using Lateen.Net;
using Lateen.Net.Compression;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Compression;

/// <summary>Puts a body through a codec.</summary>
internal sealed class CodecTransform(
    ByteCodec codec, bool isCompressor, StatsScope scope, int uncompressedStat, int compressedStat) : BodyTransform
{
    private const int SpaceBytesMin = 1024;

    private bool _isOver;

    /// <summary>How many bytes one byte may become before the stream is cut off; zero is any number.</summary>
    public int RatioMax { get; init; }

    /// <summary>Counts what cannot be read; none when negative.</summary>
    public int DataErrorStat { get; init; } = -1;

    public long BytesIn { get; private set; }

    public long BytesOut { get; private set; }

    /// <summary>Called when the body has ended, before its end is handed on; true when it left trailers.</summary>
    public Func<HttpStream, CodecTransform, bool>? Ended { get; init; }

    internal override void OnData(BufferChain data, int length, bool end)
    {
        if (!end || Ended is null)
        {
            base.OnData(data, length, end);
            return;
        }
        var output = TakeScratch();
        Run(data, length, true, output);
        if (!IsAttached || !Ended(Stream, this))
        {
            Forward(output, output.Length, true);
            return;
        }
        if (!output.IsEmpty)
        {
            Forward(output, output.Length, false);
        }
        ForwardTrailers();
    }

    internal override void OnTrailers()
    {
        var output = TakeScratch();
        Run(output, 0, true, output);
        if (!output.IsEmpty)
        {
            Forward(output, output.Length, false);
        }
        if (IsAttached)
        {
            Ended?.Invoke(Stream, this);
            ForwardTrailers();
        }
    }

    internal override void Run(BufferChain input, int length, bool end, BufferChain output)
    {
        var (before, taken) = (output.Length, length);
        var start = ReferenceEquals(input, output) ? 0 : output.Length;
        while (length > 0 && !_isOver)
        {
            var piece = input.First;
            piece = piece[..Math.Min(piece.Length, length)];
            Step(piece, CodecFlush.None, output);
            input.Consume(piece.Length);
            length -= piece.Length;
        }
        input.Consume(length);
        if (isCompressor && !_isOver)
        {
            Step(default, end ? CodecFlush.Finish : CodecFlush.Flush, output);
        }
        var made = output.Length - Math.Min(before, start);
        BytesIn += taken;
        BytesOut += made;
        var worker = Stream.Worker.Index;
        scope.Add(worker, isCompressor ? uncompressedStat : compressedStat, taken);
        scope.Add(worker, isCompressor ? compressedStat : uncompressedStat, made);
        if (RatioMax > 0 && made > (long)RatioMax * Math.Max(taken, 1))
        {
            Fail();
        }
    }

    protected override void OnDetached() => codec.Dispose();

    private void Step(ReadOnlySpan<byte> piece, CodecFlush flush, BufferChain output)
    {
        while (true)
        {
            var space = output.GetSpace(SpaceBytesMin);
            var result = codec.Run(piece, space, flush, out var consumed, out var written);
            output.Commit(written);
            piece = piece[consumed..];
            if (result == CodecResult.Invalid)
            {
                Fail();
                return;
            }
            if (result == CodecResult.End)
            {
                _isOver = true;
                return;
            }
            if ((result == CodecResult.Done && piece.IsEmpty)
                || (consumed == 0 && written == 0 && !IsFull(space, written)))
            {
                return;
            }
        }
    }

    private static bool IsFull(Span<byte> space, int written) => written == space.Length;

    /// <summary>What comes is no such stream, or grows past all measure: the rest is dropped.</summary>
    private void Fail()
    {
        _isOver = true;
        if (DataErrorStat >= 0)
        {
            scope.Add(Stream.Worker.Index, DataErrorStat);
        }
    }
}
