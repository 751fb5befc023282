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
    List,

    /// <summary>A mapping or a message, asked by key.</summary>
    Map,
}
