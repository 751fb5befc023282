using System.Text;
using Lateen.Net.Scripting;

namespace Lateen.Net.Tests.Scripting;

public sealed class LuaMachineTests
{
    private const string Prelude = """
        local native = ...
        function host(...)
          local ok, a = native(...)
          if ok == false then error(a, 2) end
          if ok == nil then return coroutine.yield() end
          return a
        end
        """;

    [Fact]
    public void Script_WithMistake_IsRefused()
    {
        Assert.Null(LuaMachine.TryCreate(Prelude, "function f(", out var error));
        Assert.NotEqual("", error);
    }

    [Fact]
    public void Call_ThatWaits_GoesOnWithTheValue()
    {
        using var machine = LuaMachine.TryCreate(Prelude, "function f(a) host('say', a .. host('wait')) end", out _)!;
        var host = new FakeHost();
        var run = machine.Prepare("f");

        Assert.Equal(LuaOutcome.Waits, run.Resume(host, "x"));
        Assert.Equal(LuaOutcome.Done, run.Resume(host, "y"));
        Assert.Equal(["xy"], host.Said);
    }

    [Fact]
    public void Call_HostError_IsTheScriptsToCatch()
    {
        using var machine = LuaMachine.TryCreate(
            Prelude, "function f() local ok = pcall(host, 'fail'); host('say', tostring(ok)) end", out _)!;
        var host = new FakeHost();

        Assert.Equal(LuaOutcome.Done, machine.Prepare("f").Resume(host));
        Assert.Equal(["false"], host.Said);
    }

    [Fact]
    public void Call_EndlessLoop_Fails()
    {
        using var machine = LuaMachine.TryCreate(Prelude, "function f() while true do end end", out _)!;

        Assert.Equal(LuaOutcome.Failed, machine.Prepare("f").Resume(new FakeHost()));
    }

    [Fact]
    public void Call_EndlessMemory_FailsAndTheMachineLives()
    {
        using var machine = LuaMachine.TryCreate(
            Prelude, "function f() local s = 'x' while true do s = s .. s end end function g() host('say', 'g') end",
            out _)!;
        var host = new FakeHost();

        Assert.Equal(LuaOutcome.Failed, machine.Prepare("f").Resume(host));
        Assert.Equal(LuaOutcome.Done, machine.Prepare("g").Resume(host));
        Assert.Equal(["g"], host.Said);
    }

    private sealed class FakeHost : ILuaHost
    {
        public List<string> Said { get; } = [];

        public object?[] Call(string operation, object?[] arguments)
        {
            switch (operation)
            {
                case "say":
                    Said.Add(Encoding.UTF8.GetString((byte[])arguments[0]!));
                    return [];
                case "fail":
                    return [new LuaError("no")];
                default:
                    return LuaMachine.Waits;
            }
        }
    }
}
