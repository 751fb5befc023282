using System.Text.Json.Nodes;
using Lateen.Core;

namespace Lateen.Injector;

/// <summary>What came of one pod.</summary>
/// <param name="Pod">The pod to run: with a proxy, or as it was.</param>
/// <param name="Injected">Whether it got one.</param>
/// <param name="Errors">Why admission must refuse it; empty when all is well.</param>
public sealed record InjectionResult(JsonObject Pod, bool Injected, IReadOnlyList<ConfigError> Errors);
