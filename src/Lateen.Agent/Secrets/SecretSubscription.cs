namespace Lateen.Agent.Secrets;

/// <summary>What one stream asked for. The reader sets it, the writer reads it.</summary>
internal sealed class SecretSubscription
{
    /// <summary>Stands for every name of the stream.</summary>
    public const string All = "";

    private readonly Lock _lock = new();
    private List<string> _names = [];

    /// <summary>Nonce of the last response.</summary>
    public string Nonce { get; set; } = "";

    /// <summary>Whether the request wants an answer: the first, or one for other names. An acknowledgement does
    /// not.</summary>
    public bool Set(IEnumerable<string> names, string nonce)
    {
        lock (_lock)
        {
            List<string> asked = [.. names.Distinct()];
            var isNew = nonce.Length == 0 || asked.Exists(name => !_names.Contains(name));
            _names = asked;
            return isNew && asked.Count > 0;
        }
    }

    /// <summary>The names to send when that one changed: a name that is not a file's is the workload's under another
    /// name.</summary>
    public IReadOnlyList<string> Affected(string changed)
    {
        lock (_lock)
        {
            return changed switch
            {
                All => [.. _names],
                SecretNames.Workload => [.. _names.Where(name =>
                    name != SecretNames.Roots && !name.StartsWith("file-", StringComparison.Ordinal))],
                _ => [.. _names.Where(name => name == changed)],
            };
        }
    }
}
