namespace Lateen.Local.Hosting;

/// <summary>The node that runs out of a state folder; a process is known by its number and its start time.</summary>
public sealed record InstanceRecord(int NodeProcess, long NodeStartTime);
