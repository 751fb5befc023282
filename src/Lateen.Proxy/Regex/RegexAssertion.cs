namespace Lateen.Proxy.Regex;

/// <summary>Conditions on a place between two bytes.</summary>
[Flags]
internal enum RegexAssertion
{
    None = 0,
    BeginText = 1,
    EndText = 2,
    BeginLine = 4,
    EndLine = 8,
    WordBoundary = 16,
    NotWordBoundary = 32,
}
