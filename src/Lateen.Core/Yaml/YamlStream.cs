using System.Collections.Immutable;

namespace Lateen.Core.Yaml;

/// <summary>What one text held: the documents that could be read, and what is wrong with the others.</summary>
/// <param name="Documents">In the order written; empty documents are left out.</param>
/// <param name="Errors">One for each document that could not be read.</param>
public sealed record YamlStream(ImmutableArray<YamlNode> Documents, ImmutableArray<ConfigError> Errors);
