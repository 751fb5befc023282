namespace Lateen.Http.Http2;

/// <summary>What is done with header names that hold an underscore
/// (<c>headers_with_underscores_action</c>).</summary>
public enum Http2Underscores : byte
{
    /// <summary>They are passed on.</summary>
    Allow,

    /// <summary>The stream is reset.</summary>
    Reject,

    /// <summary>They are dropped.</summary>
    Drop,
}
