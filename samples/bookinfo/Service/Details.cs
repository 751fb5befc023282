namespace Bookinfo.Service;

/// <summary>Facts about the book.</summary>
internal static class Details
{
    public static Task<Reply> HandleAsync(Message request)
    {
        var path = request.FirstLine[1].Split('?')[0];
        return Task.FromResult(path switch
        {
            "/health" => new Reply(200, Json.Write(w => w.WriteString("status", "Details is healthy"))),
            _ when path.StartsWith("/details/", StringComparison.Ordinal) && int.TryParse(path[9..], out var id)
                => new Reply(200, Book(id)),
            _ => new Reply(404, Json.Error("please provide a numeric product id: /details/0")),
        });
    }

    private static string Book(int id) => Json.Write(w =>
    {
        w.WriteNumber("id", id);
        w.WriteString("author", "William Shakespeare");
        w.WriteNumber("year", 1595);
        w.WriteString("type", "paperback");
        w.WriteNumber("pages", 200);
        w.WriteString("publisher", "PublisherA");
        w.WriteString("language", "English");
        w.WriteString("ISBN-10", "1234567890");
    });
}
