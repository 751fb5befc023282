using System.Text;

namespace Lateen.Net.Scripting;

/// <content>Values to and from scripts.</content>
public sealed unsafe partial class LuaMachine
{
    private const int DepthMax = 16;

    private static void Push(nint state, object? value, int depth)
    {
        _ = LuaNative.lua_checkstack(state, 8);
        switch (value)
        {
            case bool truth:
                LuaNative.lua_pushboolean(state, truth ? 1 : 0);
                break;
            case int number:
                LuaNative.lua_pushinteger(state, number);
                break;
            case long number:
                LuaNative.lua_pushinteger(state, number);
                break;
            case double number when Math.Truncate(number) == number && Math.Abs(number) < 1e15:
                LuaNative.lua_pushinteger(state, (long)number);
                break;
            case double number:
                LuaNative.lua_pushnumber(state, number);
                break;
            case string text:
                PushBytes(state, Encoding.UTF8.GetBytes(text));
                break;
            case byte[] bytes:
                PushBytes(state, bytes);
                break;
            case IReadOnlyList<object?> list when depth < DepthMax:
                LuaNative.lua_createtable(state, list.Count, 0);
                for (var i = 0; i < list.Count; i++)
                {
                    Push(state, list[i], depth + 1);
                    LuaNative.lua_rawseti(state, -2, i + 1);
                }
                break;
            case IReadOnlyDictionary<string, object?> map when depth < DepthMax:
                LuaNative.lua_createtable(state, 0, map.Count);
                foreach (var (key, item) in map)
                {
                    Push(state, key, depth + 1);
                    Push(state, item, depth + 1);
                    LuaNative.lua_rawset(state, -3);
                }
                break;
            default:
                LuaNative.lua_pushnil(state);
                break;
        }
    }

    private static void PushBytes(nint state, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
        {
            LuaNative.lua_pushlstring(state, pointer, (nuint)bytes.Length);
        }
    }

    private static object? Read(nint state, int index, int depth)
    {
        switch (LuaNative.lua_type(state, index))
        {
            case LuaNative.TypeBoolean:
                return LuaNative.lua_toboolean(state, index) != 0;
            case LuaNative.TypeNumber:
                return LuaNative.lua_tonumberx(state, index, null);
            case LuaNative.TypeString:
                return BytesAt(state, index);
            case LuaNative.TypeTable when depth < DepthMax:
                return ReadTable(state, index, depth);
            default:
                return null;
        }
    }

    private static object ReadTable(nint state, int index, int depth)
    {
        _ = LuaNative.lua_checkstack(state, 8);
        var count = (int)Math.Min(LuaNative.lua_rawlen(state, index), 100_000);
        if (count > 0)
        {
            var list = new List<object?>(count);
            for (var i = 1; i <= count; i++)
            {
                _ = LuaNative.lua_rawgeti(state, index, i);
                list.Add(Read(state, LuaNative.lua_gettop(state), depth + 1));
                LuaNative.lua_settop(state, -2);
            }
            return list;
        }
        var map = new Dictionary<string, object?>(StringComparer.Ordinal);
        LuaNative.lua_pushnil(state);
        while (LuaNative.lua_next(state, index) != 0)
        {
            var top = LuaNative.lua_gettop(state);
            if (LuaNative.lua_type(state, top - 1) == LuaNative.TypeString)
            {
                map[TextAt(state, top - 1)] = Read(state, top, depth + 1);
            }
            LuaNative.lua_settop(state, top - 1);
        }
        return map;
    }

    private static byte[] BytesAt(nint state, int index)
    {
        nuint length;
        var bytes = LuaNative.lua_tolstring(state, index, &length);
        return bytes == null ? [] : new ReadOnlySpan<byte>(bytes, (int)length).ToArray();
    }

    private static string TextAt(nint state, int index) => Encoding.UTF8.GetString(BytesAt(state, index));
}
