namespace Lateen.Net;

/// <summary>What another thread asks a loop to do, on the loop's thread. Make it a static lambda.</summary>
public delegate void LoopMessage(object? state);
