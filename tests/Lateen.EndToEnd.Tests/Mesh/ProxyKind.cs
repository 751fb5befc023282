namespace Lateen.EndToEnd.Tests.Mesh;

/// <summary>What the mesh's sidecars and gateway are.</summary>
internal enum ProxyKind
{
    /// <summary>Our proxy within the agent.</summary>
    Own,

    /// <summary>A real Envoy that the agent drives.</summary>
    Envoy,

    /// <summary>Callers have Envoys and callees ours, and the other way round.</summary>
    Mixed,
}
