namespace Lateen.Proxy.Cel;

/// <summary>Kinds of tokens in expressions.</summary>
internal enum CelToken : byte
{
    End,
    Number,
    Text,
    Bytes,
    Name,
    Symbol,
}
