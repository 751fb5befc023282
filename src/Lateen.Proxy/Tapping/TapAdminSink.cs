using Lateen.Proxy.Admin;

namespace Lateen.Proxy.Tapping;

/// <summary>Sends traces to the client of the admin port that asked for them, each as it comes.</summary>
internal sealed class TapAdminSink(AdminStream stream) : TapSink
{
    public override void Append(ulong id, TapFormat format, byte[] bytes) => stream.Write(bytes);
}
