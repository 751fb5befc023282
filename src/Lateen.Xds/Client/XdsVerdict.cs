namespace Lateen.Xds.Client;

/// <summary>A handler's answer to an update.</summary>
/// <param name="Error">Why something was rejected, as the NACK says it; null for an ACK.</param>
/// <param name="RejectedNames">The resources that were rejected; empty with an error means all of them.</param>
public sealed record XdsVerdict(string? Error, IReadOnlyCollection<string> RejectedNames)
{
    /// <summary>Everything is in force.</summary>
    public static XdsVerdict Accepted { get; } = new(null, []);

    /// <summary>Some resources, or all where none is named, were rejected.</summary>
    public static XdsVerdict Reject(string error, params IReadOnlyCollection<string> names) => new(error, names);
}
