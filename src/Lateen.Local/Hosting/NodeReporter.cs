using System.Text.Json;

namespace Lateen.Local.Hosting;

/// <summary>Tells the host, line by line, what happens in the mesh. Any thread may report.</summary>
internal sealed class NodeReporter(TextWriter writer, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _published = [];
    private string _lastStatus = "";

    public void Event(bool isWarning, string subject, string message) =>
        Write(new NodeMessage(Event: new MeshEvent(clock.GetUtcNow(), isWarning, subject, message)));

    /// <summary>Tells a status when it differs from the last one.</summary>
    public void Status(MeshStatus status)
    {
        var text = JsonSerializer.Serialize(new NodeMessage(Status: status), LocalJson.Default.NodeMessage);
        lock (_lock)
        {
            if (text != _lastStatus)
            {
                _lastStatus = text;
                writer.WriteLine(text);
                writer.Flush();
            }
        }
    }

    /// <summary>Asks the host once to open a port that leads to a target.</summary>
    public void Publish(PublishedPort port)
    {
        lock (_lock)
        {
            if (!_published.Add($"{port.Name} {port.Target}"))
            {
                return;
            }
        }

        Write(new NodeMessage(Publish: port));
    }

    private void Write(NodeMessage message)
    {
        var text = JsonSerializer.Serialize(message, LocalJson.Default.NodeMessage);
        lock (_lock)
        {
            writer.WriteLine(text);
            writer.Flush();
        }
    }
}
