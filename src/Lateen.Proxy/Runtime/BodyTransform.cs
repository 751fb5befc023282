using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <summary>Changes a response's body as it passes: compression, encoding of texts.</summary>
internal abstract class BodyTransform
{
    /// <summary>
    /// Takes <paramref name="length"/> bytes from the front of <paramref name="input"/> and appends what they become to
    /// <paramref name="output"/>, which may be the same chain (then empty after the input was taken).
    /// <paramref name="end"/>: no more will come.
    /// </summary>
    internal abstract void Run(BufferChain input, int length, bool end, BufferChain output);
}
