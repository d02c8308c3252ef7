package io.sluice.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.console.Table.Column;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tools read columns by position and tell versions apart by their number. */
class PgBouncerColumnsTest {
    private static final String CONNECTIONS =
            "type user database replication state addr port local_addr local_port connect_time"
                    + " request_time wait wait_us close_needed ptr link remote_pid tls"
                    + " application_name prepared_statements id";

    static Stream<Arguments> contract() {
        String counts = "server_assignment_count xact_count query_count";
        return Stream.of(
                Arguments.of(
                        PgBouncerColumns.DATABASES,
                        "ssissiiiissiiiiii",
                        "name host port database force_user pool_size min_pool_size"
                                + " reserve_pool_size server_lifetime pool_mode load_balance_hosts"
                                + " max_connections current_connections max_client_connections"
                                + " current_client_connections paused disabled"),
                Arguments.of(
                        PgBouncerColumns.POOLS,
                        "ssiiiiiiiiiiiiiss",
                        "database user cl_active cl_waiting cl_active_cancel_req"
                                + " cl_waiting_cancel_req sv_active sv_active_cancel"
                                + " sv_being_canceled sv_idle sv_used sv_tested sv_login maxwait"
                                + " maxwait_us pool_mode load_balance_hosts"),
                Arguments.of(PgBouncerColumns.CONNECTIONS, "ssssssisiTTiiississii", CONNECTIONS),
                Arguments.of(
                        PgBouncerColumns.SOCKETS,
                        "ssssssisiTTiiississiiiiiiiii",
                        CONNECTIONS
                                + " recv_pos pkt_pos pkt_remain send_pos send_remain pkt_avail"
                                + " send_avail"),
                Arguments.of(
                        PgBouncerColumns.USERS,
                        "ssssiiii",
                        "name pool_size reserve_pool_size pool_mode max_user_connections"
                                + " current_connections max_user_client_connections"
                                + " current_client_connections"),
                Arguments.of(
                        PgBouncerColumns.STATS_TOTALS,
                        "s" + "N".repeat(11),
                        "database "
                                + counts
                                + " bytes_received bytes_sent xact_time query_time wait_time"
                                + " client_parse_count server_parse_count bind_count"),
                Arguments.of(
                        PgBouncerColumns.STATS_AVERAGES,
                        "s" + "N".repeat(11),
                        "database "
                                + counts
                                + " bytes_received bytes_sent xact_time query_time wait_time"
                                + " avg_client_parse_count avg_server_parse_count avg_bind_count"),
                Arguments.of(PgBouncerColumns.TOTALS, "sN", "name value"),
                Arguments.of(PgBouncerColumns.LISTS, "si", "list items"),
                Arguments.of(PgBouncerColumns.CONFIG, "ssss", "key value default changeable"),
                Arguments.of(PgBouncerColumns.MEM, "siiii", "name size used free memtotal"),
                Arguments.of(PgBouncerColumns.STATE, "ss", "key value"),
                Arguments.of(PgBouncerColumns.VERSION_COLUMNS, "s", "version"),
                Arguments.of(PgBouncerColumns.PEERS, "isii", "peer_id host port pool_size"),
                Arguments.of(
                        PgBouncerColumns.PEER_POOLS,
                        "iiiii",
                        "peer_id cl_active_cancel_req cl_waiting_cancel_req sv_active_cancel"
                                + " sv_login"),
                Arguments.of(PgBouncerColumns.DNS_HOSTS, "sqs", "hostname ttl addrs"),
                Arguments.of(PgBouncerColumns.DNS_ZONES, "sqi", "zonename serial count"));
    }

    @ParameterizedTest
    @MethodSource("contract")
    void hasExactlyPgBouncersColumns(List<Column> columns, String types, String names) {
        assertThat(names(columns)).isEqualTo(names);
        assertThat(types(columns)).isEqualTo(types);
    }

    @Test
    void statsHasTwentyThreeColumns() {
        assertThat(names(PgBouncerColumns.STATS))
                .isEqualTo(
                        "database total_server_assignment_count total_xact_count total_query_count"
                                + " total_received total_sent total_xact_time total_query_time"
                                + " total_wait_time total_client_parse_count"
                                + " total_server_parse_count total_bind_count"
                                + " avg_server_assignment_count avg_xact_count avg_query_count"
                                + " avg_recv avg_sent avg_xact_time avg_query_time avg_wait_time"
                                + " avg_client_parse_count avg_server_parse_count avg_bind_count");
        assertThat(types(PgBouncerColumns.STATS)).isEqualTo("s" + "N".repeat(22));
    }

    private static String names(List<Column> columns) {
        return columns.stream().map(Column::name).collect(Collectors.joining(" "));
    }

    private static String types(List<Column> columns) {
        return columns.stream()
                .map(column ->
                        switch (column.type()) {
                            case TEXT -> "s";
                            case INT4 -> "i";
                            case INT8 -> "q";
                            case NUMERIC -> "N";
                            case TIMESTAMP -> "T";
                        })
                .collect(Collectors.joining());
    }
}
