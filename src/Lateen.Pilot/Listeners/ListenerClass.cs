namespace Lateen.Pilot.Listeners;

/// <summary>On which side of the mesh a listener stands; decides filters, headers and logs.</summary>
internal enum ListenerClass
{
    /// <summary>From the application.</summary>
    SidecarOutbound,

    /// <summary>To the application.</summary>
    SidecarInbound,

    /// <summary>A gateway's.</summary>
    Gateway,
}
