namespace Lateen.Profile;

/// <summary>What the runtime counted in one method.</summary>
/// <param name="Name">With namespace and types, as <c>A.B+C.Run</c>.</param>
/// <param name="Signature">As the runtime writes it.</param>
/// <param name="Size">Bytes of its IL.</param>
/// <param name="Counters">In the order of the runtime.</param>
internal sealed record MethodProfile(string Name, string Signature, int Size, List<Counter> Counters)
{
    public bool WasCalled => Counters.Exists(counter => counter.IsCount && counter.Values[0] != "0");
}
