using Lateen.Net.Compression;

namespace Lateen.Proxy.Compression;

/// <summary>A coding and how streams of it are made or read.</summary>
/// <param name="Name">Name that the configuration gives it, part of the statistics' names.</param>
/// <param name="Encoding">The coding's name in headers.</param>
/// <param name="StatName">The kind's part of the statistics' names, with its dot.</param>
/// <param name="Create">Starts a stream.</param>
/// <param name="RatioMax">How many bytes one byte may become; zero is any number.</param>
internal sealed record CompressionLibrary(
    string Name, byte[] Encoding, string StatName, Func<ByteCodec> Create, int RatioMax = 0);
