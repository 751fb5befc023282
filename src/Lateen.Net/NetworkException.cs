using System.ComponentModel;

namespace Lateen.Net;

/// <summary>A system call failed at set-up time (bind, listen, epoll). The data path reports values instead.</summary>
public sealed class NetworkException : Exception
{
    /// <summary>Makes it from the name of the call and its <c>errno</c>.</summary>
    public NetworkException(string call, int errorNumber)
        : base($"{call}: {new Win32Exception(errorNumber).Message}")
    {
        ErrorNumber = errorNumber;
    }

    /// <summary>The <c>errno</c>.</summary>
    public int ErrorNumber { get; }

    /// <summary>What the errno means, without the name of the call.</summary>
    public string Reason => new Win32Exception(ErrorNumber).Message;
}
