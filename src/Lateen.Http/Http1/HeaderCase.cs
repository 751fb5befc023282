namespace Lateen.Http.Http1;

/// <summary>How header names are written.</summary>
public enum HeaderCase : byte
{
    /// <summary>Lower case (default).</summary>
    Lower,

    /// <summary>Each-Word (<c>proper_case_words</c>).</summary>
    Proper,

    /// <summary>As they came, where that is known (<c>preserve_case</c>); lower case otherwise.</summary>
    Preserve,

    /// <summary>As they came, where that is known; Each-Word otherwise
    /// (<c>formatter_type_on_envoy_headers</c>).</summary>
    PreserveOrProper,
}
