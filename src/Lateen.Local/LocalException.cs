namespace Lateen.Local;

/// <summary>The machine does not let the mesh run; the message names the cause and, where there is one, the way
/// out.</summary>
public sealed class LocalException : Exception
{
    /// <summary>Without a message.</summary>
    public LocalException()
    {
    }

    /// <summary>With what went wrong.</summary>
    public LocalException(string message)
        : base(message)
    {
    }

    /// <summary>With its cause.</summary>
    public LocalException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
