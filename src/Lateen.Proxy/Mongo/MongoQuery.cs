using System.Text.Json;

namespace Lateen.Proxy.Mongo;

/// <summary>What a query is about: a command, or a collection that is searched. Pure.</summary>
internal sealed class MongoQuery
{
    /// <summary>The command's name; empty: it is a search.</summary>
    public string Command { get; private init; } = "";

    public string Collection { get; private init; } = "";

    /// <summary>The function that asked, as the query's comment tells; empty: it does not.</summary>
    public string Callsite { get; private init; } = "";

    /// <summary>Milliseconds that it may take; zero: any.</summary>
    public long TimeMillisMax { get; private init; }

    /// <summary>It names several ids.</summary>
    public bool IsMultiGet { get; private init; }

    /// <summary>It names no id.</summary>
    public bool IsScatterGet { get; private init; }

    /// <summary>Null: the collection's name or the command is broken.</summary>
    public static MongoQuery? From(MongoMessage message)
    {
        var dot = message.FullCollection.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || message.Query is not { } query)
        {
            return null;
        }
        var collection = message.FullCollection[(dot + 1)..];
        var inner = query.Document("$query");
        if (collection != "$cmd")
        {
            return Of(collection, query.Text("$comment"), query.Number("$maxTimeMS"), inner ?? query);
        }
        var command = inner ?? query;
        return command.FirstKey switch
        {
            null => null,
            "find" when command.FirstText is { } searched =>
                Of(searched, command.Text("comment"), 0, command.Document("filter")),
            var name => new MongoQuery { Command = name },
        };
    }

    private static MongoQuery Of(string collection, string? comment, long millis, BsonDocument? filter)
    {
        var hasId = filter?.Has("_id") ?? false;
        return new MongoQuery
        {
            Collection = collection,
            Callsite = CallsiteOf(comment),
            TimeMillisMax = millis,
            IsScatterGet = !hasId,
            IsMultiGet = hasId && (filter!.Document("_id")?.Has("$in") ?? false),
        };
    }

    private static string CallsiteOf(string? comment)
    {
        if (comment is null)
        {
            return "";
        }
        try
        {
            using var document = JsonDocument.Parse(comment);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("callingFunction", out var function)
                && function.ValueKind == JsonValueKind.String
                ? function.GetString() ?? ""
                : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
