using Lateen.Proxy.Regex;

namespace Lateen.Proxy.Routing;

/// <summary>Replaces all matches of an expression; <c>\1</c> stands for a group.</summary>
internal sealed record RegexRewrite(CompiledRegex Pattern, byte[] Substitution);
