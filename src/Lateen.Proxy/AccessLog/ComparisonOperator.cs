namespace Lateen.Proxy.AccessLog;

/// <summary>How two numbers are compared.</summary>
internal enum ComparisonOperator : byte
{
    Equal,
    GreaterOrEqual,
    LessOrEqual,
    NotEqual,
}
