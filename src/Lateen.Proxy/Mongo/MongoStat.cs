namespace Lateen.Proxy.Mongo;

/// <summary>Counters of <c>mongo_proxy</c>, in the order of their names.</summary>
internal enum MongoStat
{
    CxDestroyLocalWithActiveRq,
    CxDestroyRemoteWithActiveRq,
    CxDrainClose,
    DecodingError,
    DelaysInjected,
    OpCommand,
    OpCommandReply,
    OpGetMore,
    OpInsert,
    OpKillCursors,
    OpQuery,
    OpQueryAwaitData,
    OpQueryExhaust,
    OpQueryMultiGet,
    OpQueryNoCursorTimeout,
    OpQueryNoMaxTime,
    OpQueryScatterGet,
    OpQueryTailableCursor,
    OpReply,
    OpReplyCursorNotFound,
    OpReplyQueryFailure,
    OpReplyValidCursor,
}
