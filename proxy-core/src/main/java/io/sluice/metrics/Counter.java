package io.sluice.metrics;

/** What is counted of a database; the order is nobody's business. */
public enum Counter {
    /** Leases begun. */
    ASSIGNMENTS,
    /** Transactions ended. */
    TRANSACTIONS,
    /** Operations answered by a server; those of each class follow. */
    QUERIES,
    /** Of no known class. */
    OTHER_QUERIES,
    /** Simple reads. */
    SIMPLE_READS,
    /** Changes and locks. */
    WRITES,
    /** Reads that join, nest or sort much. */
    COMPLEX_READS,
    /** Groups and aggregates. */
    AGGREGATIONS,
    /** Maintenance and bulk transfers. */
    BATCHES,
    /** Window functions and their like. */
    ANALYTICS,
    /** Bytes from clients. */
    RECEIVED,
    /** Bytes to clients. */
    SENT,
    /** Nanoseconds in transactions. */
    TRANSACTION_NANOS,
    /** Nanoseconds in operations, from sent to answered. */
    QUERY_NANOS,
    /** Nanoseconds that sessions waited for a lease that they got. */
    WAIT_NANOS,
    /** Statements that clients prepared. */
    CLIENT_PARSES,
    /** Statements that were prepared on servers. */
    SERVER_PARSES,
    /** Executions of prepared statements. */
    BINDS,
    /** Sessions that logged in. */
    LOGINS,
    /** Operations that ended in an error of the client's own making. */
    CLIENT_ERRORS,
    /** Operations that ended because the backend is ill. */
    BACKEND_ERRORS,
    /** Operations that ran into a timeout. */
    TIMEOUTS,
    /** Operations whose client went away. */
    ABANDONED,
    /** Of those, blocking commands whose server had taken something out for them by then. */
    LOST_POPS,
    /** Operations that the proxy refused. */
    REFUSALS,
    /** Times that a session was pinned to its server connection, for however many reasons. */
    PINS,
    /** Server connections opened. */
    CONNECTS,
    /** Connects or logins at a server that failed. */
    CONNECT_FAILURES,
    /** Cancel requests sent to servers. */
    CANCELS,
    /** Messages that came for subscribers, each once however many they are. */
    MESSAGES,
    /** Messages given to subscribers. */
    DELIVERIES,
    /** Messages that came when their last subscriber had gone. */
    UNWANTED_MESSAGES,
    /** Subscribers dropped because they did not read what they were sent. */
    SLOW_SUBSCRIBERS,
    /** Times that the connection which subscribes for all was lost. */
    SUBSCRIPTION_LOSSES,
    /** Topics with subscribers that were lost with it. */
    INTERRUPTIONS,
    /** Such topics that were subscribed to again. */
    RESUBSCRIPTIONS,
    /** Nanoseconds that those were interrupted. */
    INTERRUPTED_NANOS
}
