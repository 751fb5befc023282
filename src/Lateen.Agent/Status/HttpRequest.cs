using System.Net;

namespace Lateen.Agent.Status;

/// <summary>A request to one of the agent's own servers; bodies are not read, for none of its paths takes
/// one.</summary>
/// <param name="Method">In capitals.</param>
/// <param name="Path">Without the query.</param>
/// <param name="Headers">Names in lower case.</param>
/// <param name="Client">Who asks.</param>
public sealed record HttpRequest(
    string Method, string Path, IReadOnlyDictionary<string, string> Headers, IPAddress Client);
