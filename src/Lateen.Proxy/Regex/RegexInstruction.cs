namespace Lateen.Proxy.Regex;

/// <summary>One instruction; which fields count depends on the kind.</summary>
internal struct RegexInstruction
{
    public RegexInstructionKind Kind;
    public byte Low;
    public byte High;
    public RegexAssertion Assertion;
    public int Slot;
    public int Next;
    public int Other;
}
