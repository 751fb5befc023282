namespace Lateen.Security;

/// <summary>
/// A certificate, key or request that cannot be used; the message says what is wrong with it and never holds key
/// material.
/// </summary>
public sealed class PkiException : Exception
{
    /// <summary>Says what is wrong.</summary>
    public PkiException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong and keeps what the platform said.</summary>
    public PkiException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
