namespace Lateen.Proxy.Streams;

/// <summary>A filter state object that has JSON besides its text.</summary>
internal interface IFilterStateObject
{
    /// <summary>The object as JSON.</summary>
    string ToJson();
}
