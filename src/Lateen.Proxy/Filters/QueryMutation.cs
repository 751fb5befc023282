using System.Text;
using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>Adds, replaces or removes one query parameter. Source: <c>core.v3.KeyValueMutation</c>.</summary>
/// <param name="Key">Name of the parameter.</param>
/// <param name="Value">New value; null: the parameter goes.</param>
/// <param name="Action">What to do when it is there already.</param>
internal sealed record QueryMutation(string Key, string? Value, HeaderAppendAction Action)
{
    /// <summary>What the value is made by, where it has operators; what is missing is empty.</summary>
    public FormatString? Format { get; init; }

    /// <summary>The value is written as it is.</summary>
    public bool IsRaw { get; init; }

    /// <summary>Applies all of them to a request's path.</summary>
    /// <param name="mutations">In this order.</param>
    /// <param name="request">The request.</param>
    /// <param name="decode">Parameters that are there already are decoded, and written so.</param>
    /// <param name="info">What formats tell of; null where no mutation has one.</param>
    public static void Apply(QueryMutation[] mutations, HeaderMap request, bool decode, StreamInfo? info = null)
    {
        if (mutations.Length == 0)
        {
            return;
        }
        var path = Encoding.UTF8.GetString(request.Get(HeaderId.Path));
        var parameters = QueryParameters.Parse(path, decode);
        foreach (var mutation in mutations)
        {
            mutation.Apply(parameters, info);
        }
        request.Set(HeaderId.Path, Encoding.UTF8.GetBytes(parameters.Replace(path)));
    }

    private void Apply(QueryParameters parameters, StreamInfo? info)
    {
        var exists = parameters.Values.ContainsKey(Key);
        if (Value is null)
        {
            parameters.Remove(Key);
            return;
        }
        switch (Action)
        {
            case HeaderAppendAction.AddIfAbsent when exists:
            case HeaderAppendAction.OverwriteIfExists when !exists:
                return;
            case HeaderAppendAction.OverwriteIfExists or HeaderAppendAction.OverwriteIfExistsOrAdd:
                parameters.Remove(Key);
                break;
        }
        var value = Format is null || info is null ? Value : Formatted(Format, info);
        parameters.Add(Key, IsRaw ? value : Uri.EscapeDataString(value));
    }

    private static string Formatted(FormatString format, StreamInfo info)
    {
        var output = Scratch.Formatted;
        format.Write(output, info, new FormatContext(AccessLogType.NotSet), default);
        return output.ToString();
    }
}
