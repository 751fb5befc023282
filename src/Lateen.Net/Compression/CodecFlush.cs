namespace Lateen.Net.Compression;

/// <summary>What a codec is to do with what it keeps inside.</summary>
public enum CodecFlush
{
    /// <summary>It may keep bytes for better work.</summary>
    None,

    /// <summary>All that came so far is to be readable on the other side.</summary>
    Flush,

    /// <summary>No more will come.</summary>
    Finish,
}
