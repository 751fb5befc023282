namespace Lateen.Http.Hpack;

/// <summary>What is wrong with a header block. Any of them is a connection error of type COMPRESSION_ERROR.</summary>
public enum HpackError : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>An index that is in neither table, or zero.</summary>
    Index,

    /// <summary>An integer over 2^28, or one that goes on without end.</summary>
    Number,

    /// <summary>A Huffman string with wrong padding or the end-of-string symbol.</summary>
    Huffman,

    /// <summary>A table size update above the limit, behind the first field, or the third of a block.</summary>
    TableSize,

    /// <summary>The block ends within a field.</summary>
    Truncated,

    /// <summary>A string longer than <see cref="HpackDecoder.StringBytesMax"/>.</summary>
    StringTooLong,
}
