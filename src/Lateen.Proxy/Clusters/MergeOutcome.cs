namespace Lateen.Proxy.Clusters;

/// <summary>What became of a change that could have waited for others (<c>update_merge_window</c>).</summary>
internal enum MergeOutcome : byte
{
    /// <summary>Passed on to the workers at once.</summary>
    Delivered,

    /// <summary>The last change is long ago: published at once.</summary>
    OutOfWindow,

    /// <summary>Published at the end of the window.</summary>
    Merged,

    /// <summary>Hosts came or went meanwhile: published with them.</summary>
    Cancelled,
}
