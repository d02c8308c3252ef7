package io.sluice.console;

import io.sluice.console.Table.Column;
import java.util.ArrayList;
import java.util.List;

/**
 * The columns of PgBouncer 1.25.2's SHOW commands, in its order, under its names, of its types.
 *
 * <p>Tools read some of them by position and tell versions apart by their number: none may be
 * added. What Sluice alone can tell has commands of its own.
 */
final class PgBouncerColumns {
    private PgBouncerColumns() {}

    /** The version whose columns these are, and which SHOW VERSION tells. */
    static final String VERSION = "1.25.2";

    /** What the console's own database, pool and user are called. */
    static final String CONSOLE = "pgbouncer";

    static final List<Column> DATABASES =
            Columns.of(
                    "ssissiiiissiiiiii",
                    "name",
                    "host",
                    "port",
                    "database",
                    "force_user",
                    "pool_size",
                    "min_pool_size",
                    "reserve_pool_size",
                    "server_lifetime",
                    "pool_mode",
                    "load_balance_hosts",
                    "max_connections",
                    "current_connections",
                    "max_client_connections",
                    "current_client_connections",
                    "paused",
                    "disabled");

    static final List<Column> POOLS =
            Columns.of(
                    "ssiiiiiiiiiiiiiss",
                    "database",
                    "user",
                    "cl_active",
                    "cl_waiting",
                    "cl_active_cancel_req",
                    "cl_waiting_cancel_req",
                    "sv_active",
                    "sv_active_cancel",
                    "sv_being_canceled",
                    "sv_idle",
                    "sv_used",
                    "sv_tested",
                    "sv_login",
                    "maxwait",
                    "maxwait_us",
                    "pool_mode",
                    "load_balance_hosts");

    static final List<Column> PEERS = Columns.of("isii", "peer_id", "host", "port", "pool_size");

    static final List<Column> PEER_POOLS =
            Columns.of(
                    "iiiii",
                    "peer_id",
                    "cl_active_cancel_req",
                    "cl_waiting_cancel_req",
                    "sv_active_cancel",
                    "sv_login");

    /** CLIENTS and SERVERS alike. */
    static final List<Column> CONNECTIONS =
            Columns.of(
                    "ssssssisiTTiiississii",
                    "type",
                    "user",
                    "database",
                    "replication",
                    "state",
                    "addr",
                    "port",
                    "local_addr",
                    "local_port",
                    "connect_time",
                    "request_time",
                    "wait",
                    "wait_us",
                    "close_needed",
                    "ptr",
                    "link",
                    "remote_pid",
                    "tls",
                    "application_name",
                    "prepared_statements",
                    "id");

    static final List<Column> SOCKETS =
            joined(
                    CONNECTIONS,
                    Columns.of(
                            "iiiiiii",
                            "recv_pos",
                            "pkt_pos",
                            "pkt_remain",
                            "send_pos",
                            "send_remain",
                            "pkt_avail",
                            "send_avail"));

    static final List<Column> USERS =
            Columns.of(
                    "ssssiiii",
                    "name",
                    "pool_size",
                    "reserve_pool_size",
                    "pool_mode",
                    "max_user_connections",
                    "current_connections",
                    "max_user_client_connections",
                    "current_client_connections");

    static final List<Column> STATS_TOTALS =
            Columns.of(
                    "sNNNNNNNNNNN",
                    "database",
                    "server_assignment_count",
                    "xact_count",
                    "query_count",
                    "bytes_received",
                    "bytes_sent",
                    "xact_time",
                    "query_time",
                    "wait_time",
                    "client_parse_count",
                    "server_parse_count",
                    "bind_count");

    /** The last three alone say that they are averages: so does PgBouncer. */
    static final List<Column> STATS_AVERAGES =
            Columns.of(
                    "sNNNNNNNNNNN",
                    "database",
                    "server_assignment_count",
                    "xact_count",
                    "query_count",
                    "bytes_received",
                    "bytes_sent",
                    "xact_time",
                    "query_time",
                    "wait_time",
                    "avg_client_parse_count",
                    "avg_server_parse_count",
                    "avg_bind_count");

    static final List<Column> STATS =
            Columns.of(
                    "sNNNNNNNNNNNNNNNNNNNNNN",
                    "database",
                    "total_server_assignment_count",
                    "total_xact_count",
                    "total_query_count",
                    "total_received",
                    "total_sent",
                    "total_xact_time",
                    "total_query_time",
                    "total_wait_time",
                    "total_client_parse_count",
                    "total_server_parse_count",
                    "total_bind_count",
                    "avg_server_assignment_count",
                    "avg_xact_count",
                    "avg_query_count",
                    "avg_recv",
                    "avg_sent",
                    "avg_xact_time",
                    "avg_query_time",
                    "avg_wait_time",
                    "avg_client_parse_count",
                    "avg_server_parse_count",
                    "avg_bind_count");

    static final List<Column> TOTALS = Columns.of("sN", "name", "value");

    /** What TOTALS calls the eleven figures, behind {@code total_} and {@code avg_}. */
    static final List<String> TOTALS_NAMES =
            List.of(
                    "server_assignment_count",
                    "xact_count",
                    "query_count",
                    "client_bytes",
                    "server_bytes",
                    "xact_time",
                    "query_time",
                    "wait_time",
                    "ps_client_parse_count",
                    "ps_server_parse_count",
                    "ps_bind_count");

    static final List<Column> LISTS = Columns.of("si", "list", "items");
    static final List<Column> CONFIG = Columns.of("ssss", "key", "value", "default", "changeable");
    static final List<Column> MEM = Columns.of("siiii", "name", "size", "used", "free", "memtotal");
    static final List<Column> STATE = Columns.of("ss", "key", "value");
    static final List<Column> VERSION_COLUMNS = Columns.of("s", "version");
    static final List<Column> DNS_HOSTS = Columns.of("sqs", "hostname", "ttl", "addrs");
    static final List<Column> DNS_ZONES = Columns.of("sqi", "zonename", "serial", "count");

    private static List<Column> joined(List<Column> first, List<Column> then) {
        List<Column> all = new ArrayList<>(first);
        all.addAll(then);
        return List.copyOf(all);
    }
}
