using Lateen.Core;

namespace Lateen.Proxy.Config;

/// <summary>What became of one resource.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Errors">Why it was refused; empty when it was taken.</param>
internal sealed record ResourceOutcome(string Name, IReadOnlyList<ConfigError> Errors)
{
    /// <summary>Code of an error: the name came before in the same response, and that one was taken.</summary>
    public const string Duplicate = "DUPLICATE";

    /// <summary>Code of an error: nothing is known to be wrong, but another one of the response was refused.</summary>
    public const string WithOthers = "RESPONSE";

    /// <summary>What was in force before was replaced.</summary>
    public bool IsReload { get; init; }

    public bool IsAccepted => Errors.Count == 0;

    public static ResourceOutcome Accepted(string name) => new(name, []);

    public static ResourceOutcome RejectedWithOthers(string name) =>
        Rejected(name, WithOthers, "refused with the others of its response");

    public static ResourceOutcome Rejected(string name, string code, string message) =>
        new(name, [new ConfigError(name, code, message)]);
}
