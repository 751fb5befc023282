namespace Lateen.Security.Certificates;

/// <summary>One entry of a subjectAltName extension (RFC 5280 section 4.2.1.6).</summary>
/// <param name="Kind">Which form it has.</param>
/// <param name="Value">Its text; an address in its usual form.</param>
public readonly record struct SubjectAlternativeName(SubjectAlternativeNameKind Kind, string Value);
