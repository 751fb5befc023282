namespace Lateen.Core.Yaml;

/// <summary>
/// What a scalar stands for under the rules that Kubernetes applies to YAML (YAML 1.1 booleans included).
/// </summary>
public enum YamlScalarKind
{
    /// <summary>Empty, <c>~</c> or <c>null</c>.</summary>
    Null,

    /// <summary><c>true</c>, <c>false</c>, <c>yes</c>, <c>no</c>, <c>on</c>, <c>off</c>.</summary>
    Boolean,

    /// <summary>Decimal, hexadecimal, octal or binary.</summary>
    WholeNumber,

    /// <summary>With a point or an exponent, infinite, or not a number.</summary>
    RealNumber,

    /// <summary>Everything else, and everything that is quoted.</summary>
    Text,
}
