namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>Something that reads what others wrote, with the rules that it must keep whatever that is.</summary>
internal interface IFuzzTarget
{
    /// <summary>Names it in reports and replays.</summary>
    string Name { get; }

    /// <summary>Cases in the ordinary run: some two seconds' worth.</summary>
    long CasesByDefault { get; }

    /// <summary>One case; throws when a rule is broken.</summary>
    void Run(FuzzInput input);
}
