namespace Lateen.Proxy.Tcp;

/// <summary>What becomes of tcp_proxy's TLVs on a connection that brought a PROXY protocol header.</summary>
internal enum TlvMergePolicy
{
    /// <summary>They are left out.</summary>
    AddIfAbsent,

    /// <summary>They replace those of their types and are added otherwise.</summary>
    OverwriteByTypeIfExistsOrAdd,

    /// <summary>They come after those that are there.</summary>
    AppendIfExistsOrAdd,
}
