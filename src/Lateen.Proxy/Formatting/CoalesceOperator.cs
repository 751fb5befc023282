using System.Text.Json;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>
/// <c>COALESCE({"operators":["NAME",{"command":"REQ","param":"x","max_length":4}]})</c>: the first of the operators
/// that has a value.
/// </summary>
internal static class CoalesceOperator
{
    public static FormatOperator? Create(string? arguments, out string error)
    {
        error = "";
        if (arguments is null)
        {
            return null;
        }
        var operators = new List<FormatOperator>();
        try
        {
            using var document = JsonDocument.Parse(arguments);
            error = Read(document.RootElement, operators);
        }
        catch (JsonException invalid)
        {
            error = $"COALESCE: failed to parse JSON configuration: {invalid.Message}";
        }
        return error.Length > 0 ? null : Build([.. operators]);
    }

    private static FormatOperator Build(FormatOperator[] operators) => new(
        (ByteBuffer output, StreamInfo info, in FormatContext context) =>
        {
            foreach (var one in operators)
            {
                if (one.TryWrite(output, info, context))
                {
                    return true;
                }
            }
            return false;
        });

    private static string Read(JsonElement root, List<FormatOperator> operators)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("operators", out var list)
            || list.ValueKind != JsonValueKind.Array)
        {
            return "COALESCE: JSON configuration must contain 'operators' array";
        }
        foreach (var entry in list.EnumerateArray())
        {
            if (ReadEntry(entry, operators) is { Length: > 0 } reason)
            {
                return $"COALESCE: failed to parse operator at index {operators.Count}: {reason}";
            }
        }
        return operators.Count > 0 ? "" : "COALESCE: 'operators' array must not be empty";
    }

    private static string ReadEntry(JsonElement entry, List<FormatOperator> operators)
    {
        string? name;
        string? parameter = null;
        int? length = null;
        switch (entry.ValueKind)
        {
            case JsonValueKind.String:
                name = entry.GetString();
                break;
            case JsonValueKind.Object:
                if (!entry.TryGetProperty("command", out var command) || command.ValueKind != JsonValueKind.String)
                {
                    return "operator object must have 'command' field";
                }
                name = command.GetString();
                parameter = entry.TryGetProperty("param", out var param) && param.ValueKind == JsonValueKind.String
                    ? param.GetString() : null;
                length = entry.TryGetProperty("max_length", out var max) && max.TryGetInt32(out var limit)
                    ? limit : null;
                break;
            default:
                return "operator entry must be either a string (command name) or an object with 'command' field";
        }
        if (!FormatOperators.TryCreate(name ?? "", parameter, length, out var created, out var error))
        {
            return error;
        }
        operators.Add(created!);
        return "";
    }
}
