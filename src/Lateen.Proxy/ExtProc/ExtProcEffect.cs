namespace Lateen.Proxy.ExtProc;

/// <summary>What became of the changes that an answer asked for. The values are Envoy's.</summary>
internal enum ExtProcEffect : byte
{
    None,
    Applied,
    RefusedAsInvalid,
    RefusedForSize,
    Failed,
}
