using System.Runtime.InteropServices;

namespace Lateen.Net.Scripting;

/// <summary>The part of Lua 5.4's library that scripts here stand on; it comes with the package KeraLua.</summary>
internal static unsafe partial class LuaNative
{
    public const int Ok = 0;
    public const int Yield = 1;
    public const int MultipleResults = -1;
    public const int TypeNil = 0;
    public const int TypeBoolean = 1;
    public const int TypeNumber = 3;
    public const int TypeString = 4;
    public const int TypeTable = 5;
    public const int TypeFunction = 6;
    public const int MaskCount = 8;
    public const int Registry = -1_001_000;
    private const string Library = "liblua54";

    [LibraryImport(Library)]
    public static partial nint lua_newstate(delegate* unmanaged[Cdecl]<nint, nint, nuint, nuint, nint> alloc,
        nint data);

    [LibraryImport(Library)]
    public static partial void lua_close(nint state);

    [LibraryImport(Library)]
    public static partial nint lua_newthread(nint state);

    [LibraryImport(Library)]
    public static partial int lua_resume(nint state, nint from, int arguments, int* results);

    [LibraryImport(Library)]
    public static partial int lua_pcallk(nint state, int arguments, int results, int handler, nint context, nint k);

    [LibraryImport(Library)]
    public static partial int luaL_loadbufferx(nint state, byte* bytes, nuint length, byte* name, byte* mode);

    [LibraryImport(Library)]
    public static partial void luaL_requiref(nint state, byte* name, nint open, int isGlobal);

    [LibraryImport(Library)]
    public static partial void lua_sethook(nint state, nint hook, int mask, int count);

    [LibraryImport(Library)]
    public static partial void lua_pushcclosure(
        nint state, delegate* unmanaged[Cdecl]<nint, int> function, int upvalues);

    [LibraryImport(Library)]
    public static partial int lua_gettop(nint state);

    [LibraryImport(Library)]
    public static partial void lua_settop(nint state, int index);

    [LibraryImport(Library)]
    public static partial int lua_type(nint state, int index);

    [LibraryImport(Library)]
    public static partial int lua_toboolean(nint state, int index);

    [LibraryImport(Library)]
    public static partial double lua_tonumberx(nint state, int index, int* isNumber);

    [LibraryImport(Library)]
    public static partial byte* lua_tolstring(nint state, int index, nuint* length);

    [LibraryImport(Library)]
    public static partial void lua_pushnil(nint state);

    [LibraryImport(Library)]
    public static partial void lua_pushboolean(nint state, int value);

    [LibraryImport(Library)]
    public static partial void lua_pushinteger(nint state, long value);

    [LibraryImport(Library)]
    public static partial void lua_pushnumber(nint state, double value);

    [LibraryImport(Library)]
    public static partial byte* lua_pushlstring(nint state, byte* bytes, nuint length);

    [LibraryImport(Library)]
    public static partial void lua_createtable(nint state, int items, int fields);

    [LibraryImport(Library)]
    public static partial void lua_rawset(nint state, int index);

    [LibraryImport(Library)]
    public static partial void lua_rawseti(nint state, int index, long key);

    [LibraryImport(Library)]
    public static partial int lua_rawgeti(nint state, int index, long key);

    [LibraryImport(Library)]
    public static partial ulong lua_rawlen(nint state, int index);

    [LibraryImport(Library)]
    public static partial int lua_next(nint state, int index);

    [LibraryImport(Library)]
    public static partial void lua_pushvalue(nint state, int index);

    [LibraryImport(Library)]
    public static partial void lua_xmove(nint from, nint to, int count);

    [LibraryImport(Library)]
    public static partial int lua_checkstack(nint state, int count);

    [LibraryImport(Library)]
    public static partial int luaL_ref(nint state, int table);

    [LibraryImport(Library)]
    public static partial void luaL_unref(nint state, int table, int reference);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int lua_getglobal(nint state, string name);

    /// <summary>The loaded library, for functions that are only passed on.</summary>
    public static nint Load() => NativeLibrary.Load(Library, typeof(LuaNative).Assembly, null);
}
