using System.Text.Json;

namespace Bookinfo.Service;

/// <summary>Two reviews. Version v1 shows no stars, v2 black ones, v3 red ones; stars come from ratings.</summary>
internal sealed class Reviews(Options options)
{
    private static readonly (string Name, string Text)[] _reviews =
    [
        ("Reviewer1", "An extremely entertaining play by Shakespeare. The slapstick humour is refreshing!"),
        ("Reviewer2", "Absolutely fun and entertaining. The play lacks thematic depth when compared to other plays."),
    ];

    public async Task<Reply> HandleAsync(Message request)
    {
        var path = request.FirstLine[1].Split('?')[0];
        if (path == "/health")
        {
            return new Reply(200, Json.Write(w => w.WriteString("status", "Reviews is healthy")));
        }

        if (!path.StartsWith("/reviews/", StringComparison.Ordinal) || !int.TryParse(path[9..], out var id))
        {
            return new Reply(404, Json.Error("please provide a numeric product id: /reviews/0"));
        }

        var ratings = options.Version == "v1" ? null
            : await new Caller(options).GetAsync("ratings", $"/ratings/{id}", request).ConfigureAwait(false);
        return new Reply(200, Build(id, ratings));
    }

    private string Build(int id, Reply? ratings) => Json.Write(w =>
    {
        w.WriteString("id", id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        w.WriteString("podname", options.PodName);
        w.WriteString("version", options.Version);
        w.WriteStartArray("reviews");
        foreach (var (name, text) in _reviews)
        {
            w.WriteStartObject();
            w.WriteString("reviewer", name);
            w.WriteString("text", text);
            if (ratings is not null)
            {
                w.WriteStartObject("rating");
                if (Stars(ratings, name) is { } stars)
                {
                    w.WriteNumber("stars", stars);
                    w.WriteString("color", options.Version == "v2" ? "black" : "red");
                }
                else
                {
                    w.WriteString("error", $"Ratings service is currently unavailable ({ratings.Status})");
                }

                w.WriteEndObject();
            }

            w.WriteEndObject();
        }

        w.WriteEndArray();
    });

    private static int? Stars(Reply ratings, string name)
    {
        if (ratings.Status != 200)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(ratings.Body);
            return document.RootElement.GetProperty("ratings").GetProperty(name).GetInt32();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
