namespace Lateen.Net.Native;

/// <summary><c>struct iovec</c>.</summary>
internal unsafe struct IoVector
{
    internal byte* Base;
    internal nint Length;
}
