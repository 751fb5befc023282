namespace Lateen.Proxy.Mongo;

/// <summary>Operations of the wire protocol by their numbers.</summary>
internal enum MongoOperation
{
    Reply = 1,
    Insert = 2002,
    Query = 2004,
    GetMore = 2005,
    KillCursors = 2007,
    Command = 2010,
    CommandReply = 2011,
}
