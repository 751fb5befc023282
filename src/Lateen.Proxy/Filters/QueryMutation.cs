using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Filters;

/// <summary>Adds, replaces or removes one query parameter. Source: <c>core.v3.KeyValueMutation</c>.</summary>
/// <param name="Key">Name of the parameter.</param>
/// <param name="Value">New value; null: the parameter goes.</param>
/// <param name="Action">What to do when it is there already.</param>
internal sealed record QueryMutation(string Key, string? Value, HeaderAppendAction Action)
{
    /// <summary>Applies all of them to a request's path.</summary>
    public static void Apply(QueryMutation[] mutations, HeaderMap request)
    {
        if (mutations.Length == 0)
        {
            return;
        }
        var path = Encoding.UTF8.GetString(request.Get(HeaderId.Path));
        var question = path.IndexOf('?');
        var query = question < 0 ? "" : path[(question + 1)..];
        List<string> pairs = [.. query.Split('&', StringSplitOptions.RemoveEmptyEntries)];
        foreach (var mutation in mutations)
        {
            mutation.Apply(pairs);
        }
        var whole = question < 0 ? path : path[..question];
        request.Set(HeaderId.Path, Encoding.UTF8.GetBytes(
            pairs.Count == 0 ? whole : $"{whole}?{string.Join('&', pairs)}"));
    }

    private void Apply(List<string> pairs)
    {
        var exists = pairs.Exists(IsThis);
        if (Value is null)
        {
            pairs.RemoveAll(IsThis);
            return;
        }
        var pair = $"{Key}={Uri.EscapeDataString(Value)}";
        switch (Action)
        {
            case HeaderAppendAction.AddIfAbsent when exists:
            case HeaderAppendAction.OverwriteIfExists when !exists:
                return;
            case HeaderAppendAction.OverwriteIfExists or HeaderAppendAction.OverwriteIfExistsOrAdd:
                pairs.RemoveAll(IsThis);
                break;
        }
        pairs.Add(pair);
    }

    private bool IsThis(string pair) => pair == Key || pair.StartsWith($"{Key}=", StringComparison.Ordinal);
}
