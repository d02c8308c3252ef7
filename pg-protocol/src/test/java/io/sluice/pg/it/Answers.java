package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What tests ask about the messages of an answer, and about a proxy that has nothing to do. */
final class Answers {
    /** Bytes behind a name in a RowDescription. */
    private static final int ORIGIN_TYPE_AND_FORMAT = 18;

    private Answers() {}

    /**
     * The types in order, such as {@code 12DCZ}; asynchronous ones (notices, settings) left out.
     */
    static String types(List<PgMessage> answer) {
        return answer.stream()
                .filter(message -> message.type() != 'N' && message.type() != 'S')
                .map(message -> String.valueOf(message.type()))
                .collect(Collectors.joining());
    }

    /** The only ErrorResponse among the messages. */
    static PgMessage error(List<PgMessage> messages) {
        List<PgMessage> errors = messages.stream().filter(m -> m.type() == 'E').toList();
        if (errors.size() != 1) {
            throw new AssertionError("expected one error, got " + messages);
        }
        return errors.getFirst();
    }

    /** What the proxy says last to a client that it closes. */
    static PgMessage lastError(RawPgClient client) throws IOException {
        return error(client.readUntilClosed());
    }

    /** The first column of all rows. */
    static List<String> column(List<PgMessage> messages) {
        return messages.stream()
                .filter(m -> m.type() == 'D')
                .map(m -> String.valueOf(m.values().getFirst()))
                .toList();
    }

    /** The second column of the row whose first is {@code key}, of a table that is asked for. */
    static String query(RawPgClient client, String sql, String key) throws IOException {
        return client.query(sql).stream()
                .filter(m -> m.type() == 'D' && key.equals(m.values().getFirst()))
                .map(m -> String.valueOf(m.values().get(1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError(sql + " has no row " + key));
    }

    /** The first columns of all rows, joined by commas. */
    static String rows(List<PgMessage> answer) {
        return String.join(",", column(answer));
    }

    /** The rows of an answer by the names of their columns, in order. */
    static List<Map<String, @Nullable String>> table(List<PgMessage> answer) {
        List<String> names = List.of();
        List<Map<String, @Nullable String>> rows = new ArrayList<>();
        for (PgMessage message : answer) {
            if (message.type() == 'T') {
                names = columns(message);
            } else if (message.type() == 'D') {
                Map<String, @Nullable String> row = new LinkedHashMap<>();
                for (int i = 0; i < names.size(); i++) {
                    row.put(names.get(i), message.values().get(i));
                }
                rows.add(row);
            }
        }
        return rows;
    }

    /** The names in a RowDescription. */
    static List<String> columns(PgMessage description) {
        ByteBuffer fields = description.reader();
        List<String> names = new ArrayList<>();
        for (int left = fields.getShort(); left > 0; left--) {
            StringBuilder name = new StringBuilder();
            for (byte next = fields.get(); next != 0; next = fields.get()) {
                name.append((char) next);
            }
            names.add(name.toString());
            fields.position(fields.position() + ORIGIN_TYPE_AND_FORMAT);
        }
        return names;
    }

    /** The SQLSTATEs of all errors, joined by commas. */
    static String errors(List<PgMessage> answer) {
        return answer.stream()
                .filter(message -> message.type() == 'E')
                .map(PgMessage::sqlState)
                .collect(Collectors.joining(","));
    }

    /** Waits until nobody holds or waits for a server connection, and all of them are idle. */
    static void awaitAllIdle(TestProxy proxy) {
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> {
                    assertThat(
                                    proxy.onPools(pool ->
                                            pool.connections().stream().allMatch(c -> c.isIdle())))
                            .doesNotContain(false);
                    assertThat(proxy.onPools(pool -> pool.waiting()))
                            .allMatch(waiting -> waiting == 0);
                });
    }
}
