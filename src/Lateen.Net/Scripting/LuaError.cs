namespace Lateen.Net.Scripting;

/// <summary>A mistake of a script, with the text that it gets.</summary>
/// <param name="Message">The text.</param>
public sealed record LuaError(string Message);
