namespace Lateen.Profile;

/// <summary>One entry of the runtime's instrumentation schema (corjit.h, <c>PgoInstrumentationSchema</c>).</summary>
/// <param name="Kind"><c>ICorJitInfo::PgoInstrumentationKind</c>: the low four bits say what a value is.</param>
/// <param name="Offset">In the IL.</param>
/// <param name="Other">By kind: the edge's other end, flags.</param>
/// <param name="Values">As the runtime writes them.</param>
internal sealed record Counter(int Kind, int Offset, int Other, string[] Values)
{
    private const int BlockCount = 0x40, EdgeCount = 0x180, ValueHistogram = 0x230, ValueHistogramValues = 0x240;

    /// <summary>Whether it counts a block or an edge.</summary>
    public bool IsCount => (Kind & ~0xF) is BlockCount or EdgeCount;

    /// <summary>Whether it is about values, which the native compiler does not read.</summary>
    public bool IsAboutValues => (Kind & ~0xF) is ValueHistogram or ValueHistogramValues;

    public CounterValue Value => (CounterValue)(Kind & 0xF);
}
