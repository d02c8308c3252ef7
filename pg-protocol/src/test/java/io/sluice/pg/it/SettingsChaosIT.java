package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static io.sluice.pg.it.Answers.errors;
import static io.sluice.pg.it.Answers.rows;
import static io.sluice.pg.it.Answers.types;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Whatever a client sets and undoes, in whatever transactions and messages, it is answered as by
 * PostgreSQL itself and has the settings that it would have there; and nobody else has them.
 *
 * <p>Each script is random. It runs through a proxy with one server connection and, byte for byte
 * the same, on PostgreSQL. A failure names its seed: {@code -Dsluice.settings.seed} repeats it,
 * {@code -Dsluice.settings.scripts} makes more of them.
 */
class SettingsChaosIT {
    private static final int SCRIPTS = Integer.getInteger("sluice.settings.scripts", 60);
    private static final int LONGEST_SCRIPT = 8;
    private static final int MOST_REQUESTS = 3;
    private static final int MOST_STATEMENTS = 6;

    private static final String VIEW =
            "SELECT concat_ws(' ', current_setting('work_mem'), current_setting('search_path'),"
                    + " current_setting('TimeZone'), current_setting('DateStyle'),"
                    + " current_setting('default_transaction_isolation'), current_user,"
                    + " coalesce(current_setting('app.x', true), ''))";

    private static final List<String> STATEMENTS =
            List.of(
                    "BEGIN",
                    "BEGIN",
                    "COMMIT",
                    "COMMIT",
                    "COMMIT AND CHAIN",
                    "ROLLBACK",
                    "ROLLBACK AND CHAIN",
                    "SAVEPOINT a",
                    "SAVEPOINT a",
                    "SAVEPOINT b",
                    "RELEASE a",
                    "ROLLBACK TO a",
                    "ROLLBACK TO a",
                    "ROLLBACK TO b",
                    "SELECT 1",
                    "SELECT 1/0",
                    "CALL public.settings_chaos()",
                    "SET work_mem = '5MB'",
                    "SET work_mem = '6MB'",
                    "SET LOCAL work_mem = '7MB'",
                    "RESET work_mem",
                    "SET app.x = '1'",
                    "SELECT set_config('app.x', '2', false)",
                    "SELECT set_config('app.x', '3', true)",
                    "RESET app.x",
                    "SET search_path = public, pg_catalog",
                    "SET search_path TO DEFAULT",
                    "SET TimeZone = 'Asia/Tokyo'",
                    "SET TimeZone = 'UTC'",
                    "SET LOCAL TimeZone = 'Europe/Berlin'",
                    "RESET TimeZone",
                    "SET DateStyle = German",
                    "SET ROLE settings_chaos",
                    "SET LOCAL ROLE settings_chaos",
                    "RESET ROLE",
                    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                    "RESET ALL",
                    "DISCARD ALL");

    private static final Map<String, String> STARTUP =
            Map.of(
                    "options", "-c work_mem=11MB -c search_path=pg_catalog -c app.x=first",
                    "TimeZone", "Europe/Paris");

    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        var backend = SharedPostgres.backend();
        backend.execute("CREATE ROLE settings_chaos", "GRANT settings_chaos TO acme");
        backend.executeIn(
                "acme_app",
                "CREATE PROCEDURE public.settings_chaos() LANGUAGE plpgsql AS"
                        + " 'BEGIN COMMIT; END'");
        proxy = SharedPostgres.proxyWithOneConnection();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    private static RawPgClient direct(Map<String, String> startup) throws IOException {
        var backend = SharedPostgres.backend();
        RawPgClient client = RawPgClient.connect(backend.host(), backend.port());
        var all = new LinkedHashMap<>(startup);
        all.put("database", "acme_app");
        client.login("acme", TestProxy.PASSWORD, all);
        return client;
    }

    @Test
    void aClientHasItsOwnSettingsAndNobodyElses() throws Exception {
        @Nullable Long repeated = Long.getLong("sluice.settings.seed");
        if (repeated != null) {
            play(repeated);
            return;
        }
        SplittableRandom seeds = new SplittableRandom();
        for (int i = 0; i < SCRIPTS; i++) {
            play(seeds.nextLong());
        }
    }

    /** Those that have failed once. */
    @Test
    void scriptsOfOldAreStillRight() throws Exception {
        for (long seed = 1; seed <= 20; seed++) {
            play(seed);
        }
    }

    private static void play(long seed) throws Exception {
        List<String> script = new ArrayList<>();
        try {
            play(new SplittableRandom(seed), script);
        } catch (AssertionError | IOException e) {
            throw new AssertionError(
                    "-Dsluice.settings.seed=%d%n%s%n%s"
                            .formatted(seed, String.join(System.lineSeparator(), script), e),
                    e);
        }
    }

    private static void play(SplittableRandom random, List<String> script) throws Exception {
        Map<String, String> startup = random.nextInt(3) == 0 ? STARTUP : Map.of();
        script.add("startup " + startup);
        try (RawPgClient direct = direct(startup);
                RawPgClient other = proxy.login("acme")) {
            @Nullable String defaults = other.queryOne(VIEW);
            try (RawPgClient client = proxy.login("acme", startup)) {
                for (int i = random.nextInt(LONGEST_SCRIPT); i >= 0; i--) {
                    byte[] batch = batch(random, script);
                    compare(client, direct, batch);
                    compare(client, direct, query(VIEW)); // an error in a failed transaction
                }
                script.add("end of its transaction");
                compare(client, direct, query(random.nextBoolean() ? "COMMIT" : "ROLLBACK"));
                compare(client, direct, query(VIEW));
                if (!isPinned()) {
                    script.add("the other's turn");
                    assertThat(other.queryOne(VIEW)).isEqualTo(defaults);
                    compare(client, direct, query(VIEW));
                }
            }
            script.add("its client is gone");
            assertThat(other.queryOne(VIEW)).isEqualTo(defaults);
        }
        awaitAllIdle(proxy);
    }

    private static boolean isPinned() {
        return proxy.onSessions(session -> session.pinReason() != null).contains(true);
    }

    /** Several requests in one write, each a Query or a series with its Sync. */
    private static byte[] batch(SplittableRandom random, List<String> script) {
        List<byte[]> messages = new ArrayList<>();
        for (int i = random.nextInt(MOST_REQUESTS); i >= 0; i--) {
            List<String> statements = new ArrayList<>();
            for (int j = random.nextInt(MOST_STATEMENTS); j >= 0; j--) {
                statements.add(STATEMENTS.get(random.nextInt(STATEMENTS.size())));
            }
            String text = String.join("; ", statements);
            if (random.nextBoolean()) {
                script.add("query   " + text);
                messages.add(query(text));
            } else {
                script.add("series  " + text);
                for (String statement : statements) {
                    messages.add(parse("", statement));
                    messages.add(bind("", ""));
                    messages.add(execute("", 0));
                }
                messages.add(sync());
            }
            if (i > 0) {
                script.add("        and at once");
            }
        }
        return FrontendBytes.all(messages.toArray(byte[][]::new));
    }

    /** Sends both the same, and reads as many answers as there are requests. */
    private static void compare(RawPgClient client, RawPgClient direct, byte[] messages)
            throws IOException {
        int requests = requests(messages);
        client.send(messages);
        direct.send(messages);
        for (int i = 0; i < requests; i++) {
            List<PgMessage> expected = direct.readUntilReady();
            List<PgMessage> answer = client.readUntilReady();
            assertThat(errors(answer)).isEqualTo(errors(expected));
            assertThat(types(answer)).isEqualTo(types(expected));
            assertThat(rows(answer)).isEqualTo(rows(expected));
            assertThat(answer.getLast()).isEqualTo(expected.getLast()); // status, too
        }
    }

    private static int requests(byte[] messages) {
        int count = 0;
        ByteBuffer in = ByteBuffer.wrap(messages);
        while (in.hasRemaining()) {
            byte type = in.get();
            count += type == 'Q' || type == 'S' ? 1 : 0;
            in.position(in.position() + in.getInt(in.position()));
        }
        return count;
    }
}
