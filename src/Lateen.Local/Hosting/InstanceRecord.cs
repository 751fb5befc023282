namespace Lateen.Local.Hosting;

/// <summary>Who runs a mesh out of a state folder; a process is known by its number and its start time.</summary>
public sealed record InstanceRecord(int HostProcess, long HostStartTime, int NodeProcess, long NodeStartTime);
