namespace Lateen.Profile;

/// <summary>What the values of a counter are; the numbers are the runtime's.</summary>
internal enum CounterValue
{
    None = 0,
    FourBytes = 1,
    EightBytes = 2,
    Type = 3,
    Method = 4,
}
