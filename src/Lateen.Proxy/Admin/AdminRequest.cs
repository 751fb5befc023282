
namespace Lateen.Proxy.Admin;

/// <summary>A request to the admin port.</summary>
internal sealed record AdminRequest(string Method, string Path, IReadOnlyDictionary<string, string> Query)
{
    /// <summary>What came after the head; small.</summary>
    public byte[] Body { get; init; } = [];

    /// <summary>Whether a parameter is there, with or without value.</summary>
    public bool Has(string name) => Query.ContainsKey(name);

    public string Get(string name) => Query.GetValueOrDefault(name, "");

    public static AdminRequest Parse(string method, string target, byte[]? body = null)
    {
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var query = new Dictionary<string, string>();
        if (question >= 0)
        {
            foreach (var pair in target[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = pair.IndexOf('=', StringComparison.Ordinal);
                var key = Uri.UnescapeDataString(equals < 0 ? pair : pair[..equals]);
                query[key] = equals < 0 ? "" : Uri.UnescapeDataString(pair[(equals + 1)..]);
            }
        }
        return new AdminRequest(method, question < 0 ? target : target[..question], query) { Body = body ?? [] };
    }
}
