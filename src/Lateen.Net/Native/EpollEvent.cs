using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <summary><c>struct epoll_event</c> as x86-64 packs it.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct EpollEvent
{
    internal uint Events;
    internal ulong Data;
}
