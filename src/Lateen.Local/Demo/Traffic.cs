using System.Globalization;

namespace Lateen.Local.Demo;

/// <summary>Sends requests to one address and counts what comes back.</summary>
public sealed class Traffic : IDisposable
{
    private readonly HttpClient _client;

    /// <param name="address">For example <c>http://127.0.0.1:8080</c>.</param>
    public Traffic(Uri address)
    {
        _client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 16, UseProxy = false })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(15),
        };
    }

    /// <summary>One request: its status, zero when none came, and the body.</summary>
    public async Task<(int Status, string Body)> GetAsync(string path, string? user, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (user is not null)
        {
            request.Headers.Add("end-user", user);
        }

        try
        {
            using var response = await _client.SendAsync(request, cancel).ConfigureAwait(false);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancel).ConfigureAwait(false));
        }
        catch (Exception e) when (e is HttpRequestException or IOException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return (0, e.Message);
        }
    }

    /// <summary>Several at a time until the count is reached.</summary>
    /// <param name="path">What to ask for.</param>
    /// <param name="count">How many requests.</param>
    /// <param name="classify">Names an outcome; the default is the status.</param>
    /// <param name="user">Value of the header <c>end-user</c>, or null.</param>
    /// <param name="cancel">Stops early.</param>
    public async Task<TrafficReport> SendAsync(
        string path, int count, Func<int, string, string>? classify, string? user, CancellationToken cancel)
    {
        var report = new TrafficReport();
        var next = 0;
        async Task WorkAsync()
        {
            while (Interlocked.Increment(ref next) <= count)
            {
                var (status, body) = await GetAsync(path, user, cancel).ConfigureAwait(false);
                var outcome = (classify ?? Status)(status, body);
                lock (report)
                {
                    report.Count(outcome);
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => WorkAsync())).ConfigureAwait(false);
        return report;
    }

    /// <summary>Sends one after another until told to stop.</summary>
    public async Task<TrafficReport> SendUntilAsync(string path, Func<int, string, string>? classify,
        CancellationToken stop)
    {
        var report = new TrafficReport();
        while (!stop.IsCancellationRequested)
        {
            var (status, body) = await GetAsync(path, null, CancellationToken.None).ConfigureAwait(false);
            report.Count((classify ?? Status)(status, body));
        }

        return report;
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _client.Dispose();

    private static string Status(int status, string body) =>
        status == 0 ? "no answer" : status.ToString(CultureInfo.InvariantCulture);
}
