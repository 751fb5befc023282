namespace Lateen.Proxy.Runtime;

/// <summary>Whether and how a body has ended.</summary>
internal enum BodyEnd : byte
{
    None,

    /// <summary>With its last bytes.</summary>
    Data,

    /// <summary>With trailers.</summary>
    Trailers,
}
