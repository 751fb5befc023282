using System.Globalization;
using System.Text;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.ExtAuthz;

/// <summary>
/// What <c>ext_authz</c> in shadow mode leaves in the filter state: what it would have done. Its plain text is JSON,
/// too, with the fields' names as they stand in the message.
/// </summary>
/// <param name="Result"><c>OK</c>, <c>DENIED</c> or <c>ERROR</c>.</param>
/// <param name="Status">The answer's status code; 200 for a request that may pass.</param>
internal sealed record ShadowVerdict(string Result, int Status) : IFilterStateObject
{
    /// <summary>Headers of a plain refusal, as they came.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public string ToJson() => Write("checkResult", "statusCode", "responseHeaders");

    public string? ToText() => Write("check_result", "status_code", "response_headers");

    public object? GetField(string name) => name switch
    {
        "check_result" => Result,
        "status_code" => Status.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    private string Write(string result, string status, string headers)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{{\"{result}\":\"{Result}\",\"{status}\":{Status}");
        for (var i = 0; i < Headers.Count; i++)
        {
            text.Append(i == 0 ? $",\"{headers}\":[" : ",").Append("{\"key\":").Append(Quoted(Headers[i].Key))
                .Append(",\"value\":").Append(Quoted(Headers[i].Value)).Append('}');
        }
        return text.Append(Headers.Count > 0 ? "]}" : "}").ToString();
    }

    private static string Quoted(string text)
    {
        var output = new ByteBuffer();
        Config.JsonText.WriteString(output, Encoding.UTF8.GetBytes(text));
        return Encoding.UTF8.GetString(output.Written);
    }
}
