namespace Lateen.Simulation.Tests.DataPath;

/// <summary>What an upstream does with one request.</summary>
internal sealed record UpstreamPlan
{
    public int Status { get; init; } = 200;

    public int Bytes { get; init; }

    /// <summary>Waits before it answers.</summary>
    public int DelayMillis { get; init; }

    /// <summary>Answers before the request is whole.</summary>
    public bool IsEarly { get; init; }

    public bool IsChunked { get; init; }

    /// <summary>Breaks the connection or stream before the answer.</summary>
    public bool BreaksFirst { get; init; }

    /// <summary>Breaks it, or says no more, in the midst of the answer.</summary>
    public bool BreaksWithin { get; init; }

    public bool Stalls { get; init; }

    /// <summary>Ends the connection after the answer.</summary>
    public bool ClosesAfter { get; init; }

    public bool HasTrailers { get; init; }

    /// <summary>Many small chunks at once.</summary>
    public bool HasSmallPieces { get; init; }

    public static UpstreamPlan Make(World world)
    {
        var random = world.Random;
        var isWild = world.IsWild;
        return new UpstreamPlan
        {
            Status = random.Next(12) == 0 ? 503 : random.Next(20) == 0 ? 404 : 200,
            Bytes = random.Next(4) == 0 ? 0 : world.BodyBytes(),
            DelayMillis = random.Next(12) == 0 ? 6000 : 5,
            IsEarly = random.Next(15) == 0,
            IsChunked = random.Next(2) == 0,
            BreaksFirst = isWild && random.Next(25) == 0,
            BreaksWithin = isWild && random.Next(30) == 0,
            Stalls = isWild && random.Next(40) == 0,
            ClosesAfter = random.Next(12) == 0,
            HasSmallPieces = random.Next(3) == 0,
            HasTrailers = random.Next(4) == 0,
        };
    }
}
