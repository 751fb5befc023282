namespace Lateen.Agent.Secrets;

/// <summary>A secret cannot be had now; the message says why and holds nothing secret.</summary>
public sealed class SecretUnavailableException : Exception
{
    /// <summary>Says why.</summary>
    public SecretUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Says why and keeps the cause.</summary>
    public SecretUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
