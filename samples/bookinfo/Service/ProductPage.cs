using System.Net;
using System.Text;
using System.Text.Json;

namespace Bookinfo.Service;

/// <summary>The page that users see, and the same as JSON under <c>/api/v1</c>.</summary>
internal sealed class ProductPage(Options options)
{
    private const string Title = "The Comedy of Errors";

    public async Task<Reply> HandleAsync(Message request)
    {
        var path = request.FirstLine[1].Split('?')[0].TrimEnd('/');
        switch (path)
        {
            case "/health":
                return new Reply(200, Json.Write(w => w.WriteString("status", "Product page is healthy")));
            case "" or "/index.html":
                return new Reply(200, "<html><body><a href=\"/productpage\">Bookinfo</a></body></html>", "text/html");
            case "/productpage":
                return await PageAsync(request).ConfigureAwait(false);
            case "/api/v1/products":
                return new Reply(200, Json.Write(w =>
                {
                    w.WriteNumber("id", 0);
                    w.WriteString("title", Title);
                }));
            case "/api/v1/products/0":
                return await ProductAsync(request).ConfigureAwait(false);
            case "/api/v1/products/0/reviews":
                return await CallAsync("reviews", request).ConfigureAwait(false);
            case "/api/v1/products/0/ratings":
                return await CallAsync("ratings", request).ConfigureAwait(false);
            default:
                return new Reply(404, Json.Error("not found"));
        }
    }

    private Task<Reply> CallAsync(string service, Message request) =>
        new Caller(options).GetAsync(service, $"/{service}/0", request);

    private async Task<Reply> ProductAsync(Message request)
    {
        var details = await CallAsync("details", request).ConfigureAwait(false);
        var reviews = await CallAsync("reviews", request).ConfigureAwait(false);
        return new Reply(200, Json.Write(w =>
        {
            w.WriteNumber("detailsStatus", details.Status);
            w.WriteRaw("details", details.Body);
            w.WriteNumber("reviewsStatus", reviews.Status);
            w.WriteRaw("reviews", reviews.Body);
        }));
    }

    private async Task<Reply> PageAsync(Message request)
    {
        var details = await CallAsync("details", request).ConfigureAwait(false);
        var reviews = await CallAsync("reviews", request).ConfigureAwait(false);
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html><html><head><title>Bookinfo</title></head><body><h1>").Append(Title)
            .Append("</h1>\n");
        if (request.Header("end-user") is { } user)
        {
            html.Append("<p>user: ").Append(WebUtility.HtmlEncode(user)).Append("</p>\n");
        }

        AppendDetails(html, details);
        AppendReviews(html, reviews);
        return new Reply(200, html.Append("</body></html>\n").ToString(), "text/html");
    }

    private static void AppendDetails(StringBuilder html, Reply details)
    {
        html.Append("<h2>Book Details</h2>\n");
        if (details.Status != 200 || Parse(details) is not { } document)
        {
            html.Append("<p>Sorry, product details are currently unavailable for this book.</p>\n");
            return;
        }

        html.Append("<ul>\n");
        foreach (var field in document.EnumerateObject())
        {
            html.Append("<li>").Append(WebUtility.HtmlEncode($"{field.Name}: {field.Value}")).Append("</li>\n");
        }

        html.Append("</ul>\n");
    }

    private static void AppendReviews(StringBuilder html, Reply reviews)
    {
        html.Append("<h2>Book Reviews</h2>\n");
        if (reviews.Status != 200 || Parse(reviews) is not { } document
            || !document.TryGetProperty("reviews", out var list))
        {
            html.Append("<p>Sorry, product reviews are currently unavailable for this book.</p>\n");
            return;
        }

        foreach (var review in list.EnumerateArray())
        {
            html.Append("<blockquote>").Append(WebUtility.HtmlEncode(review.GetProperty("text").GetString()));
            if (review.TryGetProperty("rating", out var rating))
            {
                AppendRating(html, rating);
            }

            html.Append("</blockquote>\n");
        }

        html.Append("<p>Reviews served by: ").Append(WebUtility.HtmlEncode(
            $"{document.GetProperty("podname").GetString()} ({document.GetProperty("version").GetString()})"))
                .Append("</p>\n");
    }

    private static void AppendRating(StringBuilder html, JsonElement rating)
    {
        if (rating.TryGetProperty("stars", out var stars))
        {
            html.Append("<br><font color=\"").Append(rating.GetProperty("color").GetString()).Append("\">")
                .Append('★', stars.GetInt32()).Append('☆', 5 - stars.GetInt32()).Append("</font>");
        }
        else
        {
            html.Append("<br><i>").Append(WebUtility.HtmlEncode(rating.GetProperty("error").GetString()))
                .Append("</i>");
        }
    }

    private static JsonElement? Parse(Reply reply)
    {
        try
        {
            using var document = JsonDocument.Parse(reply.Body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
