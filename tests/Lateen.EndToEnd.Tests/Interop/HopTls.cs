namespace Lateen.EndToEnd.Tests.Interop;

/// <summary>What a hop asks of those who connect.</summary>
internal enum HopTls
{
    None,
    Server,
    Mutual,
}
