namespace Lateen.Capture;

/// <summary>The environment does not let the rules be applied; the message names the likely cause and the way
/// out.</summary>
public sealed class CaptureException : Exception
{
    /// <summary>Without a message.</summary>
    public CaptureException()
    {
    }

    /// <summary>With what went wrong and how to mend it.</summary>
    public CaptureException(string message)
        : base(message)
    {
    }

    /// <summary>With its cause.</summary>
    public CaptureException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
