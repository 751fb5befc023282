using Lateen.Http.Http2;
using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <summary>DATA frames of both sides: bodies go out by reference, block by block. Thread: the worker.</summary>
internal static class Http2Data
{
    /// <summary>
    /// Moves up to <paramref name="length"/> bytes from the front of a chain into frames, as far as the windows and
    /// the output's watermark allow. Returns the body bytes moved.
    /// </summary>
    /// <param name="ends">Whether the frame that takes the last of these bytes ends the stream.</param>
    internal static int Write(
        Http2Session session, Http2Stream stream, BufferChain data, int length,
        BufferChain output, int highWatermark, bool ends)
    {
        var written = 0;
        while (written < length && output.Length <= highWatermark)
        {
            var left = length - written;
            var n = Math.Min(Math.Min(left, session.SendableBytes(stream)), session.PeerFrameBytesMax);
            n = Math.Min(n, Http2Limits.FrameBytesMax);
            if (n == 0)
            {
                break;
            }

            session.WriteDataHeader(stream, n, ends && n == left);
            data.MoveTo(output, n);
            session.OnDataAppended();
            written += n;
        }

        return written;
    }
}
