using Lateen.Kubernetes.Objects;

namespace Lateen.Local.Pods;

/// <summary>What a pod's programs run in. Disposing it ends and removes all of it.</summary>
internal interface IPodSandbox : IDisposable
{
    /// <summary>The pod's folder, in which its volumes are made.</summary>
    string Folder { get; }

    /// <summary>Where the pod's folder is seen inside.</summary>
    string InnerFolder { get; }

    /// <summary>Starts a container's program; its output is appended to a log file.</summary>
    /// <param name="container">The container.</param>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="variables">All variables.</param>
    /// <param name="volumes">Folders of the pod's volumes as seen inside, by name.</param>
    /// <param name="logFile">Where its output goes.</param>
    /// <exception cref="LocalException">The container asks for what there is not.</exception>
    ContainerProcess Start(
        Container container,
        IReadOnlyList<string> words,
        IReadOnlyDictionary<string, string> variables,
        IReadOnlyDictionary<string, string> volumes,
        string logFile);

    /// <summary>Runs a command to its end; true when it succeeded.</summary>
    bool Run(IReadOnlyList<string> command);
}
