namespace Lateen.Proxy.Regex;

/// <summary>What an instruction does.</summary>
internal enum RegexInstructionKind : byte
{
    /// <summary>Consumes a byte in a range.</summary>
    Byte,

    /// <summary>Goes on at two places, the first preferred.</summary>
    Split,

    Capture,

    Assert,

    Jump,

    Match,

    Fail,
}
