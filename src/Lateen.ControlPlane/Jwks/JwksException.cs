namespace Lateen.ControlPlane.Jwks;

/// <summary>A key set could not be had; the message says from where and why.</summary>
public sealed class JwksException : Exception
{
    /// <summary>Without words.</summary>
    public JwksException()
    {
    }

    /// <summary>What happened.</summary>
    public JwksException(string message)
        : base(message)
    {
    }

    /// <summary>What happened, and through what.</summary>
    public JwksException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
