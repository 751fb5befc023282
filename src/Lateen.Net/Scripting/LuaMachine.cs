using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Lateen.Net.Scripting;

/// <summary>
/// A Lua machine with one script loaded: without files, processes, modules, byte code and debugging; instructions of a
/// call and memory are bounded. One thread's. Managed code called by a script never raises a Lua error itself, since
/// that would jump over managed frames: errors are values that the prelude raises.
/// </summary>
public sealed unsafe partial class LuaMachine : IDisposable
{
    /// <summary>Bytes that scripts of one machine may use.</summary>
    public const long MemoryBytesMax = 64L * 1024 * 1024;

    /// <summary>Instructions of one stretch of a call.</summary>
    public const int InstructionsMax = 10_000_000;

    private static readonly object?[] WaitsMarker = [null];
    private static readonly nint RaiseError = NativeLibrary.GetExport(LuaNative.Load(), "luaL_error");

    [ThreadStatic]
    private static LuaMachine? _current;

    private readonly GCHandle _self;
    private nint _state;
    private long _used;
    private bool _isLimited;
    private ILuaHost? _host;

    private LuaMachine()
    {
        _self = GCHandle.Alloc(this);
        _state = LuaNative.lua_newstate(&Allocate, GCHandle.ToIntPtr(_self));
    }

    /// <summary>What a host returns when the script is to wait.</summary>
    public static object?[] Waits => WaitsMarker;

    /// <summary>The error of the last call that failed.</summary>
    public string LastError { get; private set; } = "";

    /// <summary>Loads a script; null with the reason when it cannot be.</summary>
    /// <param name="prelude">Lua text that defines what the script sees; its argument is the host's function.</param>
    /// <param name="script">Lua text.</param>
    /// <param name="error">Why it cannot be loaded.</param>
    /// <returns>The machine.</returns>
    public static LuaMachine? TryCreate(string prelude, string script, out string error)
    {
        var machine = new LuaMachine();
        if (machine.TryLoad(prelude, "=prelude", true, out error)
            && machine.TryLoad(script, script, false, out error))
        {
            return machine;
        }
        machine.Dispose();
        return null;
    }

    /// <summary>Whether the script defines a function.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>True when it does.</returns>
    public bool Has(string name)
    {
        var type = LuaNative.lua_getglobal(_state, name);
        LuaNative.lua_settop(_state, -2);
        return type == LuaNative.TypeFunction;
    }

    /// <summary>Prepares a call of a global function, whose arguments come with the first resumption.</summary>
    /// <param name="name">The function.</param>
    /// <returns>The call.</returns>
    public LuaRun Prepare(string name)
    {
        var thread = LuaNative.lua_newthread(_state);
        var reference = LuaNative.luaL_ref(_state, LuaNative.Registry);
        _ = LuaNative.lua_getglobal(thread, name);
        return new LuaRun(this, thread, reference);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_state != 0)
        {
            LuaNative.lua_close(_state);
            _state = 0;
            _self.Free();
        }
    }

    internal LuaOutcome Resume(LuaRun run, ILuaHost host, object?[] values)
    {
        var (previous, previousHost) = (_current, _host);
        _current = this;
        _host = host;
        foreach (var value in values)
        {
            Push(run.State, value, 0);
        }
        LuaNative.lua_sethook(run.State, RaiseError, LuaNative.MaskCount, InstructionsMax);
        _isLimited = true;
        int results;
        var status = LuaNative.lua_resume(run.State, 0, values.Length, &results);
        _isLimited = false;
        _current = previous;
        _host = previousHost;
        if (status == LuaNative.Yield)
        {
            LuaNative.lua_settop(run.State, LuaNative.lua_gettop(run.State) - results);
            return LuaOutcome.Waits;
        }
        if (status != LuaNative.Ok)
        {
            LastError = TextAt(run.State, -1);
        }
        Release(run);
        return status == LuaNative.Ok ? LuaOutcome.Done : LuaOutcome.Failed;
    }

    internal void Release(LuaRun run)
    {
        if (run.Reference != 0 && _state != 0)
        {
            LuaNative.luaL_unref(_state, LuaNative.Registry, run.Reference);
            run.Reference = 0;
        }
    }

    private bool TryLoad(string text, string name, bool isPrelude, out string error)
    {
        if (isPrelude)
        {
            OpenLibraries();
        }
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* source = bytes)
        fixed (byte* chunk = Encoding.ASCII.GetBytes(name + "\0"))
        fixed (byte* mode = "t\0"u8)
        {
            var status = LuaNative.luaL_loadbufferx(_state, source, (nuint)bytes.Length, chunk, mode);
            if (status == LuaNative.Ok)
            {
                if (isPrelude)
                {
                    LuaNative.lua_pushcclosure(_state, &Dispatch, 0);
                }
                LuaNative.lua_sethook(_state, RaiseError, LuaNative.MaskCount, InstructionsMax);
                _isLimited = !isPrelude;
                status = LuaNative.lua_pcallk(_state, isPrelude ? 1 : 0, 0, 0, 0, 0);
                _isLimited = false;
                LuaNative.lua_sethook(_state, 0, 0, 0);
            }
            error = status == LuaNative.Ok ? "" : TextAt(_state, -1);
            LuaNative.lua_settop(_state, 0);
            return status == LuaNative.Ok;
        }
    }

    private void OpenLibraries()
    {
        var library = LuaNative.Load();
        foreach (var (name, open) in new[]
        {
            ("_G", "luaopen_base"), ("table", "luaopen_table"), ("string", "luaopen_string"),
            ("math", "luaopen_math"), ("coroutine", "luaopen_coroutine"), ("os", "luaopen_os"),
        })
        {
            fixed (byte* bytes = Encoding.ASCII.GetBytes(name + "\0"))
            {
                LuaNative.luaL_requiref(_state, bytes, NativeLibrary.GetExport(library, open), 1);
                LuaNative.lua_settop(_state, 0);
            }
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Allocate(nint data, nint block, nuint oldSize, nuint newSize)
    {
        var machine = (LuaMachine)GCHandle.FromIntPtr(data).Target!;
        var before = block == 0 ? 0 : (long)oldSize;
        if (newSize == 0)
        {
            NativeMemory.Free((void*)block);
            machine._used -= before;
            return 0;
        }
        if (machine._isLimited && (long)newSize > before
            && machine._used + (long)newSize - before > MemoryBytesMax)
        {
            return 0;
        }
        machine._used += (long)newSize - before;
        return (nint)NativeMemory.Realloc((void*)block, newSize);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Dispatch(nint state)
    {
        var machine = _current;
        if (machine?._host is not { } host)
        {
            return 0;
        }
        // Values must get onto the stack whatever they need: a failure here could not be raised.
        machine._isLimited = false;
        var count = LuaNative.lua_gettop(state);
        var arguments = new object?[Math.Max(0, count - 1)];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = Read(state, i + 2, 0);
        }
        var results = host.Call(TextAt(state, 1), arguments);
        if (ReferenceEquals(results, WaitsMarker))
        {
            LuaNative.lua_pushnil(state);
            machine._isLimited = true;
            return 1;
        }
        _ = LuaNative.lua_checkstack(state, results.Length + 8);
        var error = results.Length > 0 ? results[0] as LuaError : null;
        LuaNative.lua_pushboolean(state, error is null ? 1 : 0);
        if (error is not null)
        {
            Push(state, error.Message, 0);
            machine._isLimited = true;
            return 2;
        }
        foreach (var result in results)
        {
            Push(state, result, 0);
        }
        machine._isLimited = true;
        return results.Length + 1;
    }
}
