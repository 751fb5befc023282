namespace Lateen.Proxy.Cel;

/// <summary>Operators of two values.</summary>
internal enum CelOperator : byte
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}
