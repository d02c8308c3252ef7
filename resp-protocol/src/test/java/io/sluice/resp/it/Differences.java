package io.sluice.resp.it;

import static io.sluice.resp.it.Difference.How.ANSWERED;
import static io.sluice.resp.it.Difference.How.ANY_ORDER;
import static io.sluice.resp.it.Difference.How.LONG_PATTERN;
import static io.sluice.resp.it.Difference.How.OTHER;
import static io.sluice.resp.it.Difference.How.REFUSED;
import static io.sluice.resp.it.Difference.How.REFUSED_IN_MULTI;
import static io.sluice.resp.it.Difference.How.REFUSED_IN_PART;
import static io.sluice.resp.it.Difference.How.SHAPE;
import static io.sluice.resp.it.Difference.How.TYPE;
import static io.sluice.resp.it.Difference.How.UNKNOWN_SUBCOMMAND;

import java.util.List;
import java.util.stream.Stream;

/** All there are, as {@code docs/redis-transparency.md} tells operators. */
final class Differences {
    /** For a tenant that has its backend alone. */
    static final List<Difference> ALONE =
            List.of(
                    Difference.of(
                            REFUSED,
                            "KEYS, FLUSHDB, FLUSHALL",
                            "Blocked by default: they hold up or empty the server for everybody;"
                                    + " commands.allow lets them through"),
                    Difference.of(
                            REFUSED,
                            "SHUTDOWN, SAVE, BGSAVE, BGREWRITEAOF, CONFIG SET, CONFIG REWRITE,"
                                    + " CONFIG RESETSTAT, LATENCY RESET, SLOWLOG RESET,"
                                    + " HOTKEYS START, HOTKEYS STOP, HOTKEYS RESET, MODULE LIST,"
                                    + " MODULE LOAD, MODULE LOADEX, MODULE UNLOAD, BACKUP ABORT,"
                                    + " BACKUP CLEANUP, BACKUP HELP, BACKUP LIST, BACKUP SEAL,"
                                    + " BACKUP START, BACKUP STATUS",
                            "Administration of the server, which is its operator's, on a"
                                    + " connection of his own"),
                    Difference.of(
                            REFUSED,
                            "ACL DELUSER, ACL GETUSER, ACL LIST, ACL LOAD, ACL LOG, ACL SAVE,"
                                    + " ACL SETUSER, ACL USERS",
                            "The server's users are those that Sluice logs in as; clients' users"
                                    + " are in Sluice's configuration"),
                    Difference.of(
                            REFUSED,
                            "DEBUG, PFDEBUG, PFSELFTEST, BF.DEBUG, CF.DEBUG, JSON.DEBUG",
                            "For the developers of Redis; some end the server or hold it up"),
                    Difference.of(
                            REFUSED,
                            "REPLICAOF, SLAVEOF, FAILOVER, SYNC, PSYNC, REPLCONF, MONITOR,"
                                    + " SCRIPT DEBUG",
                            "They make something else of the connection, or of the server's place"
                                    + " among its replicas"),
                    Difference.of(
                            REFUSED,
                            "SWAPDB, MIGRATE, RESTORE-ASKING, TRIMSLOTS",
                            "They move data behind other clients' backs, or between servers"),
                    Difference.of(
                            REFUSED,
                            "CLIENT PAUSE, CLIENT UNPAUSE, CLIENT NO-EVICT",
                            "They would hold for all clients of the server, or of the connection"),
                    Difference.of(
                            REFUSED,
                            "HIMPORT PREPARE, HIMPORT SET, HIMPORT DISCARD, HIMPORT DISCARDALL,"
                                    + " HIMPORT HELP",
                            "What they prepare lives on one connection; HSET does the same"),
                    Difference.of(
                            REFUSED,
                            "CLUSTER ADDSLOTS, CLUSTER ADDSLOTSRANGE, CLUSTER BUMPEPOCH,"
                                    + " CLUSTER DELSLOTS, CLUSTER DELSLOTSRANGE, CLUSTER FAILOVER,"
                                    + " CLUSTER FLUSHSLOTS, CLUSTER FORGET, CLUSTER MEET,"
                                    + " CLUSTER MIGRATION, CLUSTER REPLICATE, CLUSTER RESET,"
                                    + " CLUSTER SAVECONFIG, CLUSTER SET-CONFIG-EPOCH,"
                                    + " CLUSTER SETSLOT, CLUSTER SYNCSLOTS,"
                                    + " TIMESERIES.CLUSTERSET, TIMESERIES.CLUSTERSETFROMSHARD,"
                                    + " TIMESERIES.REFRESHCLUSTER, SEARCH.CLUSTERSET,"
                                    + " SEARCH.CLUSTERINFO, SEARCH.CLUSTERREFRESH",
                            "They change a cluster"),
                    Difference.of(
                            REFUSED_IN_MULTI,
                            "SUBSCRIBE, UNSUBSCRIBE, PSUBSCRIBE, PUNSUBSCRIBE, SSUBSCRIBE,"
                                    + " SUNSUBSCRIBE, WAIT, WAITAOF, SELECT, AUTH, HELLO,"
                                    + " READONLY, READWRITE, ASKING, CLIENT CACHING,"
                                    + " CLIENT GETNAME, CLIENT GETREDIR, CLIENT ID, CLIENT INFO,"
                                    + " CLIENT KILL, CLIENT LIST, CLIENT NO-TOUCH, CLIENT REPLY,"
                                    + " CLIENT SETINFO, CLIENT SETNAME, CLIENT TRACKING,"
                                    + " CLIENT TRACKINGINFO, CLIENT UNBLOCK, COMMAND,"
                                    + " COMMAND COUNT, COMMAND DOCS, COMMAND INFO, COMMAND LIST",
                            "Sluice answers these itself, or they change the connection, which"
                                    + " the block may share with others"),
                    Difference.of(
                            UNKNOWN_SUBCOMMAND,
                            "ACL, CLIENT, CLUSTER, COMMAND, CONFIG, LATENCY, MEMORY, MODULE,"
                                    + " OBJECT, PUBSUB, SCRIPT, SLOWLOG, XGROUP, XINFO",
                            "Redis 6.2 looks at the key, the number of arguments or its mode"
                                    + " first, queues any subcommand inside MULTI, and repeats"
                                    + " names longer than 1 KiB in full; Sluice refuses at once"
                                    + " as 7.0 does, in the words of 6.2"),
                    Difference.of(
                            LONG_PATTERN,
                            "SCAN, HSCAN, SSCAN, ZSCAN, PUBSUB CHANNELS, PUBSUB SHARDCHANNELS,"
                                    + " FUNCTION LIST, CONFIG GET",
                            "Long patterns are what Redis' CVEs of pattern matching are made of;"
                                    + " requests.max-pattern is their bound"),
                    Difference.of(
                            ANSWERED,
                            "CLIENT NO-TOUCH, CLIENT SETINFO",
                            "Client libraries send them to whatever server when they connect"),
                    Difference.of(
                            OTHER,
                            "CLIENT ID, HELLO",
                            "The number is Sluice's own: server connections are shared"),
                    Difference.of(
                            OTHER,
                            "CLIENT INFO, CLIENT LIST",
                            "They tell of the tenant's clients of Sluice, with the fields of 7.2,"
                                    + " 0 where there is nothing like it"),
                    Difference.of(
                            OTHER,
                            "COMMAND, COMMAND COUNT, COMMAND DOCS, COMMAND INFO, COMMAND LIST",
                            "What is refused is left out"),
                    Difference.of(
                            SHAPE,
                            "TTL, PTTL, OBJECT IDLETIME, TIME, LASTSAVE, XPENDING, XINFO STREAM,"
                                    + " XINFO CONSUMERS, DUMP",
                            "They tell the time, or how long ago something was; DUMP does for a"
                                    + " stream's consumers"),
                    Difference.of(
                            SHAPE,
                            "RANDOMKEY, SRANDMEMBER, HRANDFIELD, ZRANDMEMBER, SPOP, XADD, LOLWUT,"
                                    + " ACL GENPASS",
                            "Chance, or the server's clock, makes the reply"),
                    Difference.of(
                            TYPE,
                            "INFO, MEMORY USAGE, MEMORY STATS, MEMORY MALLOC-STATS, MEMORY DOCTOR,"
                                    + " LATENCY HISTOGRAM, LATENCY LATEST, LATENCY DOCTOR,"
                                    + " SLOWLOG GET, SLOWLOG LEN",
                            "They tell what the server has done so far, what memory that left, and"
                                    + " how long it took"),
                    Difference.of(
                            TYPE,
                            "XCLAIM, XAUTOCLAIM",
                            "Whether an entry is idle for long enough is a matter of milliseconds"),
                    Difference.of(
                            TYPE,
                            "SCAN, SSCAN",
                            "Cursors and order come from a number that each server process"
                                    + " chooses by chance"),
                    Difference.of(
                            ANY_ORDER,
                            "SMEMBERS, SUNION, SINTER, SDIFF, ACL CAT, CONFIG GET,"
                                    + " PUBSUB CHANNELS",
                            "Redis keeps them in an order that each server process chooses by"
                                    + " chance"));

    /** Beside those, for one that has databases of a server that it shares. */
    private static final List<Difference> WITH_DATABASES =
            List.of(
                    Difference.of(
                            REFUSED,
                            "MOVE, PUBSUB CHANNELS, PUBSUB NUMSUB, PUBSUB SHARDCHANNELS,"
                                    + " PUBSUB SHARDNUMSUB, PUBSUB NUMPAT, EVAL, EVALSHA, EVAL_RO,"
                                    + " EVALSHA_RO, FCALL, FCALL_RO, SCRIPT EXISTS, SCRIPT LOAD,"
                                    + " SCRIPT FLUSH, SCRIPT KILL, FUNCTION LOAD, FUNCTION DELETE,"
                                    + " FUNCTION FLUSH, FUNCTION RESTORE, FUNCTION DUMP, FUNCTION"
                                    + " LIST, FUNCTION STATS, FUNCTION KILL, CLIENT TRACKING, INFO,"
                                    + " ROLE, LASTSAVE, ACL WHOAMI, ACL DRYRUN, CONFIG GET, LATENCY"
                                    + " DOCTOR, LATENCY GRAPH, LATENCY HISTOGRAM, LATENCY HISTORY,"
                                    + " LATENCY LATEST, MEMORY DOCTOR, MEMORY MALLOC-STATS, MEMORY"
                                    + " STATS, SLOWLOG GET, SLOWLOG LEN, HOTKEYS GET, MEMORY PURGE,"
                                    + " CLUSTER INFO, CLUSTER KEYSLOT, CLUSTER LINKS, CLUSTER MYID,"
                                    + " CLUSTER MYSHARDID, CLUSTER NODES, CLUSTER REPLICAS, CLUSTER"
                                    + " SHARDS, CLUSTER SLAVES, CLUSTER SLOTS, CLUSTER SLOT-STATS,"
                                    + " CLUSTER COUNT-FAILURE-REPORTS, CLUSTER COUNTKEYSINSLOT,"
                                    + " CLUSTER GETKEYSINSLOT, TS.MGET, TS.MRANGE, TS.MREVRANGE,"
                                    + " TS.QUERYINDEX, TS.QUERYLABELS, FT.AGGREGATE, FT.CURSOR,"
                                    + " FT.EXPLAIN, FT.EXPLAINCLI, FT.HYBRID, FT.INFO, FT.PROFILE,"
                                    + " FT.SEARCH, FT.SPELLCHECK, FT.SYNDUMP, FT.TAGVALS, FT.DICTDUMP,"
                                    + " FT._LIST, FT.ALIASADD, FT.ALIASDEL, FT.ALIASUPDATE, FT.ALTER,"
                                    + " FT.CONFIG, FT.CREATE, FT.DICTADD, FT.DICTDEL, FT.DROP,"
                                    + " FT.DROPINDEX, FT.SYNUPDATE, FT.SUGADD, FT.SUGDEL, FT.SUGGET,"
                                    + " FT.SUGLEN",
                            "They see or change what databases do not part"),
                    Difference.of(REFUSED_IN_PART, "COPY", "With the number of a database"));

    /** For a tenant that has databases of its own. */
    static final List<Difference> DATABASES =
            Stream.concat(ALONE.stream(), WITH_DATABASES.stream()).toList();

    /** The rows of the document's table. */
    static List<String> rows() {
        return Stream.concat(
                        ALONE.stream().map(each -> each.row("all")),
                        WITH_DATABASES.stream().map(each -> each.row("databases")))
                .toList();
    }

    private Differences() {}
}
