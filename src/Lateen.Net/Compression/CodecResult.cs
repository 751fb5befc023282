namespace Lateen.Net.Compression;

/// <summary>The outcome of one step of a codec.</summary>
public enum CodecResult
{
    /// <summary>All input is taken, and what was asked for is written.</summary>
    Done,

    /// <summary>There is more to write: call again with free space.</summary>
    MoreOutput,

    /// <summary>The compressed stream has ended; what follows it is not part of it.</summary>
    End,

    /// <summary>The input is no such stream.</summary>
    Invalid,
}
