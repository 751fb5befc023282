namespace Lateen.Http.Http1;

/// <summary>What a step of parsing came to.</summary>
public enum Http1Result : byte
{
    /// <summary>More bytes are needed; what was consumed need not be given again.</summary>
    NeedMore,

    /// <summary>The head is complete.</summary>
    HeadDone,

    /// <summary>Body bytes were found.</summary>
    Data,

    /// <summary>The message is complete, trailers included.</summary>
    MessageDone,

    /// <summary>The message is broken; see <see cref="Http1Parser.Error"/>.</summary>
    Invalid,
}
