namespace Lateen.Proxy.Cel;

/// <summary>Types of values in expressions, as far as Envoy's attributes have them.</summary>
internal enum CelKind : byte
{
    /// <summary>No value: a key that is not there, types that do not fit.</summary>
    Error,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,

    /// <summary>Seconds since the Unix epoch, and nanoseconds.</summary>
    Timestamp,

    /// <summary>Nanoseconds.</summary>
    Duration,
    List,

    /// <summary>The name of a type.</summary>
    Type,

    /// <summary>A mapping or a message, asked by key.</summary>
    Map,
}
