using System.Runtime.InteropServices;
using Bookinfo.Service;

namespace Bookinfo;

/// <summary>The services of Bookinfo in one small executable; the first word chooses one.</summary>
internal static class Program
{
    private const int Usage = 64;

    private static async Task<int> Main(string[] args)
    {
        var options = Options.Parse(args, Environment.GetEnvironmentVariable);
        Func<Message, Task<Reply>>? handler = options?.Service switch
        {
            "productpage" => new ProductPage(options).HandleAsync,
            "details" => Details.HandleAsync,
            "reviews" => new Reviews(options).HandleAsync,
            "ratings" => Ratings.HandleAsync,
            _ => null,
        };
        if (options is null || handler is null)
        {
            await Console.Error.WriteLineAsync(
                "usage: bookinfo productpage|details|reviews|ratings [--port 9080] [--version v1|v2|v3]")
                    .ConfigureAwait(false);
            return Usage;
        }

        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        Console.WriteLine($"{options.Service} {options.Version} on {options.Address} port {options.Port}");
        await new HttpServer(options.Address, options.Port, handler).RunAsync(stop.Token).ConfigureAwait(false);
        return 0;
    }
}
