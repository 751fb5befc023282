namespace Lateen.Proxy.Formatting;

/// <summary>Makes an operator from the text in its parentheses (null: none); null with the reason when it
/// cannot.</summary>
internal delegate FormatOperator? OperatorBuilder(string? arguments, out string error);
