namespace Lateen.Proxy.AccessLog;

/// <summary>Kinds of changes to a tag.</summary>
internal enum StatsTagChangeKind : byte
{
    /// <summary>None.</summary>
    Keep,

    /// <summary>Nothing is counted.</summary>
    DropStat,

    /// <summary>The statistic goes without the tag.</summary>
    DropTag,

    /// <summary>The tag gets another value.</summary>
    UpdateTag,
}
