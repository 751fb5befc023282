namespace Bookinfo.Service;

/// <summary>Stars per reviewer.</summary>
internal static class Ratings
{
    public static Task<Reply> HandleAsync(Message request)
    {
        var path = request.FirstLine[1].Split('?')[0];
        return Task.FromResult(path switch
        {
            "/health" => new Reply(200, Json.Write(w => w.WriteString("status", "Ratings is healthy"))),
            _ when path.StartsWith("/ratings/", StringComparison.Ordinal) && int.TryParse(path[9..], out var id)
                => new Reply(200, Json.Write(w =>
                {
                    w.WriteNumber("id", id);
                    w.WriteStartObject("ratings");
                    w.WriteNumber("Reviewer1", 5);
                    w.WriteNumber("Reviewer2", 4);
                    w.WriteEndObject();
                })),
            _ => new Reply(404, Json.Error("please provide a numeric product id: /ratings/0")),
        });
    }
}
