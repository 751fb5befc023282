namespace Lateen.Proxy.Regex;

/// <summary>An expression that cannot be understood; never leaves the parser.</summary>
internal sealed class RegexSyntaxException(string message) : Exception(message);
