using System.Net;

namespace Lateen.Agent.Dns;

/// <summary>What <c>resolv.conf</c> says, as far as a proxy needs it.</summary>
/// <param name="Servers">Addresses with port 53.</param>
/// <param name="SearchDomains">In their order.</param>
public sealed record ResolverConfig(IReadOnlyList<IPEndPoint> Servers, IReadOnlyList<string> SearchDomains)
{
    private const int Port = 53;

    /// <summary>Reads the file; where there is none, no servers and no domains.</summary>
    public static ResolverConfig Read(string path) => File.Exists(path) ? Parse(File.ReadAllText(path)) : new([], []);

    /// <summary>Reads the text. Unknown lines are passed over; the last search line counts.</summary>
    public static ResolverConfig Parse(string text)
    {
        var servers = new List<IPEndPoint>();
        string[] search = [];
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || words[0][0] is '#' or ';')
            {
                continue;
            }
            switch (words[0])
            {
                case "nameserver" when IPAddress.TryParse(words[1], out var address):
                    servers.Add(new IPEndPoint(address, Port));
                    break;
                case "search" or "domain":
                    search = words[1..];
                    break;
            }
        }
        return new ResolverConfig(servers, search);
    }
}
