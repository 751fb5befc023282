namespace Lateen.Pilot.Model;

/// <summary>Where something runs. Empty parts are unknown.</summary>
public sealed record Locality(string Region, string Zone, string SubZone)
{
    /// <summary>Nowhere known.</summary>
    public static Locality None { get; } = new("", "", "");

    /// <summary>Reads <c>region/zone/subzone</c>; missing parts are empty, more than three belong to the
    /// last.</summary>
    public static Locality Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return None;
        }
        var parts = text.Split('/', 3);
        return new Locality(parts[0], parts.Length > 1 ? parts[1] : "", parts.Length > 2 ? parts[2] : "");
    }

    /// <summary><c>region/zone/subzone</c> without empty parts at the end.</summary>
    public override string ToString()
        => SubZone.Length > 0 ? $"{Region}/{Zone}/{SubZone}" : Zone.Length > 0 ? $"{Region}/{Zone}" : Region;
}
