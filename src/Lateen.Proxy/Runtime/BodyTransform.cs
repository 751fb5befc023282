using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <summary>Changes a body as it passes: compression, encoding of texts.</summary>
internal abstract class BodyTransform : BodyStage
{
    /// <summary>
    /// Takes <paramref name="length"/> bytes from the front of <paramref name="input"/> and appends what they become to
    /// <paramref name="output"/>. <paramref name="end"/>: no more will come.
    /// </summary>
    internal abstract void Run(BufferChain input, int length, bool end, BufferChain output);

    internal override void OnData(BufferChain data, int length, bool end)
    {
        var output = TakeScratch();
        Run(data, length, end, output);
        if (end || !output.IsEmpty)
        {
            Forward(output, output.Length, end);
        }
    }

    internal override void OnTrailers()
    {
        var output = TakeScratch();
        Run(output, 0, true, output);
        if (!output.IsEmpty)
        {
            Forward(output, output.Length, false);
        }
        ForwardTrailers();
    }
}
