namespace Lateen.Net.Scripting;

/// <summary>What scripts can ask of their surroundings.</summary>
public interface ILuaHost
{
    /// <summary>
    /// A script calls an operation with the values given; what comes back is handed to it.
    /// </summary>
    /// <param name="operation">The operation's name.</param>
    /// <param name="arguments">Null, bool, double, byte[], or a list or mapping of such.</param>
    /// <returns>The results; to wait, <see cref="LuaMachine.Waits"/>; an error is a <see cref="LuaError"/>.</returns>
    object?[] Call(string operation, object?[] arguments);
}
