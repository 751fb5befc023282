using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Filters;

/// <summary>A policy on cross-origin requests. Source: <c>cors.v3.CorsPolicy</c>.</summary>
internal sealed class CorsPolicy
{
    public StringMatcher[] Origins { get; init; } = [];

    public byte[] AllowMethods { get; init; } = [];

    public byte[] AllowHeaders { get; init; } = [];

    public byte[] ExposeHeaders { get; init; } = [];

    public byte[] MaxAge { get; init; } = [];

    /// <summary>Null: not said.</summary>
    public bool? AllowCredentials { get; init; }

    public FractionalPercent Enabled { get; init; } = FractionalPercent.All;

    public FractionalPercent Shadow { get; init; } = new(0, 100);

    public bool AllowPrivateNetwork { get; init; }

    public bool ForwardNotMatchingPreflights { get; init; } = true;
}
