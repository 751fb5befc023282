namespace Lateen.Proxy.Lua;

/// <summary>What a script waits for.</summary>
internal enum LuaWait : byte
{
    None,

    /// <summary>The answer to a call of its own.</summary>
    Call,

    /// <summary>The whole body.</summary>
    Body,

    /// <summary>The body's next piece, while headers go on.</summary>
    Piece,

    /// <summary>The trailers, while headers and body go on.</summary>
    Trailers,
}
