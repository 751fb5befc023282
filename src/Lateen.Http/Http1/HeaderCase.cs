namespace Lateen.Http.Http1;

/// <summary>How header names are written.</summary>
public enum HeaderCase : byte
{
    /// <summary>Lower case (default).</summary>
    Lower,

    /// <summary>Each-Word (<c>proper_case_words</c>).</summary>
    Proper,
}
