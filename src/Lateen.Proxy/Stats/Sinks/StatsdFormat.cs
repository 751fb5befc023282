namespace Lateen.Proxy.Stats.Sinks;

/// <summary>The dialects of statsd's lines.</summary>
internal enum StatsdFormat
{
    /// <summary>Full names, no tags.</summary>
    Plain,

    /// <summary>DogStatsD: tags behind <c>|#</c>.</summary>
    Dog,

    /// <summary>Graphite: tags in the name, after semicolons.</summary>
    Graphite,
}
