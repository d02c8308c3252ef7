package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static io.sluice.pg.it.Answers.errors;
import static io.sluice.pg.it.Answers.rows;
import static io.sluice.pg.it.Answers.types;
import static io.sluice.testbed.FrontendBytes.all;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.LoginRefused;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings follow their client over a server connection that it shares with another. */
class SettingsIT {
    private static final String VIEW =
            "SELECT concat_ws(' ', current_setting('work_mem'), current_setting('search_path'),"
                    + " current_setting('TimeZone'), current_setting('app.x', true))";

    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        SharedPostgres.backend()
                .execute(
                        "CREATE ROLE settings_group",
                        "GRANT settings_group TO acme",
                        "GRANT SET ON PARAMETER log_min_duration_statement TO acme");
        proxy = SharedPostgres.proxyWithOneConnection();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @BeforeEach
    void nothingIsLeftOfTheTestBefore() {
        awaitAllIdle(proxy);
    }

    private static @Nullable String show(RawPgClient client, String name) throws IOException {
        return client.queryOne("SHOW " + name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SET work_mem = '5MB' | work_mem | 5MB",
                "SET SESSION work_mem TO '6MB' | work_mem | 6MB",
                "SET TimeZone = 'Europe/Berlin' | timezone | Europe/Berlin",
                "SET TIME ZONE 'Asia/Tokyo' | timezone | Asia/Tokyo",
                "SET search_path = pg_catalog, public | search_path | pg_catalog, public",
                "SET SCHEMA 'information_schema' | search_path | information_schema",
                "SET NAMES 'LATIN1' | client_encoding | LATIN1",
                "SET ROLE settings_group | role | settings_group",
                "SET app.tenant = 'it''s x' | app.tenant | it's x",
                "SELECT set_config('work_mem', '7MB', false) | work_mem | 7MB",
                "SELECT set_config('app.tenant', 'é', false) | app.tenant | é",
                "BEGIN; SET work_mem = '8MB'; COMMIT | work_mem | 8MB",
                "BEGIN; SET TimeZone = 'UTC+3'; COMMIT; SELECT 1/0 | timezone | UTC+3",
                "BEGIN; SET work_mem = '9MB'; COMMIT; SELECT 1/0 | work_mem | 9MB",
                "BEGIN; SET work_mem = '9MB'; ROLLBACK; SET work_mem = '10MB' | work_mem | 10MB",
                "SET DateStyle = German | datestyle | German, DMY",
                "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE"
                        + " | default_transaction_isolation | serializable",
            })
    void aSettingIsThereForItsClientOnly(String sql, String name, String value) throws Exception {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            @Nullable String before =
                    one.queryOne("SELECT coalesce(current_setting('" + name + "', true), '')");
            one.query(sql);

            assertThat(other.queryOne("SELECT coalesce(current_setting('" + name + "', true), '')"))
                    .isIn(before, "");
            assertThat(show(one, name)).isEqualTo(value);
            assertThat(other.queryOne("SELECT coalesce(current_setting('" + name + "', true), '')"))
                    .isIn(before, "");
            assertThat(proxy.onSessions(session -> String.valueOf(session.pinReason())))
                    .containsOnly("null");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BEGIN; SET work_mem = '5MB'; ROLLBACK | work_mem",
                "BEGIN; SET TimeZone = 'Asia/Tokyo'; ROLLBACK | timezone",
                "BEGIN; SET LOCAL work_mem = '5MB'; COMMIT | work_mem",
                "BEGIN; SET LOCAL TimeZone = 'Asia/Tokyo'; COMMIT | timezone",
                "BEGIN; SET LOCAL ROLE settings_group; COMMIT | role",
                "SELECT set_config('work_mem', '5MB', true) | work_mem",
                "BEGIN; SET work_mem = '5MB'; SELECT 1/0; COMMIT | work_mem",
                "SET work_mem = '5MB'; RESET work_mem | work_mem",
                "SET work_mem = '5MB'; SET work_mem TO DEFAULT | work_mem",
                "SET ROLE settings_group; RESET ROLE | role",
                "SET ROLE settings_group; SET ROLE NONE | role",
                "SET SESSION AUTHORIZATION acme; RESET SESSION AUTHORIZATION | role",
                "SET ROLE settings_group; RESET SESSION AUTHORIZATION | role",
            })
    void whatTheServerUndidIsNotRepeated(String sql, String name) throws Exception {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            @Nullable String before = show(one, name);

            for (String statement : sql.split(";", -1)) {
                one.query(statement);
            }
            one.query("ROLLBACK"); // of what a failure left open

            assertThat(show(other, name)).isEqualTo(before);
            assertThat(show(one, name)).isEqualTo(before);

            one.query(sql);
            one.query("ROLLBACK");
            assertThat(show(other, name)).isEqualTo(before);
            assertThat(show(one, name)).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RESET work_mem; RESET TimeZone; RESET application_name; RESET search_path",
                "RESET ALL",
                "DISCARD ALL"
            })
    void resettingGoesBackToWhatTheClientAskedForAtStartup(String reset) throws Exception {
        Map<String, String> startup =
                Map.of(
                        "options", "-c work_mem=11MB -c search_path=pg_catalog",
                        "TimeZone", "Europe/Paris",
                        "application_name", "first");
        try (RawPgClient one = proxy.login("acme", startup);
                RawPgClient other = proxy.login("acme")) {
            one.query("SET work_mem = '12MB'");
            one.query("SET TimeZone = 'Asia/Tokyo'");
            one.query("SET application_name = second");
            one.query("SET search_path = public");

            for (String statement : reset.split(";", -1)) {
                one.query(statement);
            }

            assertThat(show(one, "work_mem")).isEqualTo("11MB");
            assertThat(show(one, "timezone")).isEqualTo("Europe/Paris");
            assertThat(show(one, "search_path")).isEqualTo("pg_catalog");
            assertThat(show(one, "application_name")).isEqualTo("first");
            assertThat(one.parameters())
                    .containsEntry("TimeZone", "Europe/Paris")
                    .containsEntry("application_name", "first");
            assertThat(show(other, "work_mem")).isEqualTo("4MB");
            assertThat(show(other, "timezone")).isEqualTo("UTC");
            assertThat(show(one, "work_mem")).isEqualTo("11MB");
        }
    }

    static List<byte[]> resetsAndWhatIsSentWithThem() {
        return List.of(
                all(query("RESET work_mem"), query(VIEW)),
                all(query("RESET ALL"), query(VIEW)),
                all(query("DISCARD ALL"), query(VIEW)),
                all(query("DISCARD ALL"), series(VIEW)),
                query("RESET work_mem; " + VIEW),
                query("/* ; */ RESET ALL -- ;\n; " + VIEW),
                query("SET work_mem TO DEFAULT; SET TIME ZONE LOCAL; " + VIEW),
                query("RESET search_path; RESET work_mem; RESET app.x;; " + VIEW + "; SELECT 1/0"),
                query("BEGIN; RESET ALL; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; " + VIEW),
                query("BEGIN; SET work_mem = '12MB'; SAVEPOINT s; RESET ALL; " + VIEW),
                series("RESET work_mem", VIEW),
                series("RESET ALL", "RESET ALL", VIEW),
                series("DISCARD ALL", VIEW),
                series("DISCARD ALL", "DISCARD ALL", VIEW),
                all(series("DISCARD ALL", "SELECT 1/0"), series(VIEW)),
                all(series("RESET work_mem"), series(VIEW)),
                series("BEGIN", "RESET ALL", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", VIEW),
                all(
                        parse("s", "RESET ALL"),
                        bind("p", "s"),
                        execute("p", 0),
                        parse("", VIEW),
                        bind("", ""),
                        execute("", 0),
                        sync()));
    }

    /** Answer for answer as from PostgreSQL, where startup values are what a RESET returns to. */
    @ParameterizedTest
    @MethodSource("resetsAndWhatIsSentWithThem")
    void aResetHoldsForWhatIsSentWithIt(byte[] messages) throws Exception {
        Map<String, String> startup =
                Map.of(
                        "options",
                        "-c work_mem=11MB -c search_path=\"$user\",\\ pg_catalog -c app.x=o'\\\\x",
                        "TimeZone",
                        "Europe/Paris");
        try (RawPgClient direct = direct(startup);
                RawPgClient other = proxy.login("acme");
                RawPgClient one = proxy.login("acme", startup)) {
            @Nullable String defaults = other.queryOne(VIEW);
            for (RawPgClient client : List.of(one, direct)) {
                client.query("SET work_mem = '12MB'; SET app.x = 'other'");
                client.send(messages, query("ROLLBACK"));
            }
            PgMessage last;
            do {
                List<PgMessage> expected = direct.readUntilReady();
                List<PgMessage> answer = one.readUntilReady();
                assertThat(rows(answer)).isEqualTo(rows(expected));
                assertThat(errors(answer)).isEqualTo(errors(expected));
                assertThat(types(answer)).isEqualTo(types(expected));
                last = expected.get(expected.size() - 2);
            } while (last.type() != 'C' || !last.commandTag().equals("ROLLBACK"));
            assertThat(one.queryOne(VIEW)).isEqualTo(direct.queryOne(VIEW));
            assertThat(other.queryOne(VIEW)).isEqualTo(defaults);
            assertThat(one.queryOne(VIEW)).isEqualTo(direct.queryOne(VIEW));
        }
    }

    private static RawPgClient direct(Map<String, String> startup) throws IOException {
        RawPgClient client =
                RawPgClient.connect(
                        SharedPostgres.backend().host(), SharedPostgres.backend().port());
        var all = new LinkedHashMap<>(startup);
        all.put("database", "acme_app");
        client.login("acme", TestProxy.PASSWORD, all);
        return client;
    }

    /** Each is its own Query, and its own transaction or none. */
    @Test
    void aTransactionMayChooseItsIsolationBehindAReset() throws Exception {
        try (RawPgClient one = proxy.login("acme", Map.of("options", "-c search_path=public,x"))) {
            one.query("BEGIN");
            one.query("RESET ALL");
            assertThat(errors(one.query("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))).isEmpty();
            assertThat(show(one, "search_path")).isEqualTo("public, x");
        }
    }

    /** A server reads a whole Query in the encoding that it has before it. */
    @ParameterizedTest
    @ValueSource(strings = {"SET app.name = 'Müller €'", "SET search_path = 'Müller €'"})
    void textsFollowTheirClientOverAConnectionWithAnotherEncoding(String sql) throws Exception {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme", Map.of("client_encoding", "LATIN1"))) {
            one.query(sql);
            String name = sql.split(" ", -1)[1];
            for (int i = 0; i < 3; i++) {
                assertThat(other.queryOne("SHOW client_encoding")).isEqualTo("LATIN1");
                assertThat(one.queryOne("SELECT current_setting('" + name + "')"))
                        .contains("Müller €");
                assertThat(one.queryOne("SHOW client_encoding")).isEqualTo("UTF8");
            }
            assertThat(proxy.onSessions(session -> String.valueOf(session.pinReason())))
                    .containsOnly("null");
        }
    }

    @Test
    void startupTextsFollowTheirClientOverAConnectionWithAnotherEncoding() throws Exception {
        try (RawPgClient one =
                        proxy.login(
                                "acme",
                                Map.of(
                                        "options",
                                        "-c app.name=Müller",
                                        "client_encoding",
                                        "LATIN1"));
                RawPgClient other = proxy.login("acme", Map.of("client_encoding", "LATIN2"))) {
            for (int i = 0; i < 3; i++) {
                assertThat(other.queryOne("SHOW client_encoding")).isEqualTo("LATIN2");
                assertThat(one.queryOne("SELECT convert_to(current_setting('app.name'), 'UTF8')"))
                        .isEqualTo("\\x4dc3bc6c6c6572");
                assertThat(one.queryOne("SHOW client_encoding")).isEqualTo("LATIN1");
            }
        }
    }

    /** The same bytes would be another text in UTF-8. */
    @Test
    void aTextInAnotherEncodingThanUtf8Pins() throws Exception {
        try (RawPgClient one = proxy.login("acme", Map.of("client_encoding", "LATIN1"))) {
            one.query("SET app.name = 'ü'"); // two characters there
            assertThat(proxy.onSessions(session -> String.valueOf(session.pinReason())))
                    .containsExactly("unreadable-setting");
            one.query("SET client_encoding = 'UTF8'");
            assertThat(one.queryOne("SHOW app.name")).isEqualTo("Ã¼");
        }
    }

    @Test
    void aStartupTextThatIsNotUtf8IsRefused() throws Exception {
        try (RawPgClient client = proxy.connect()) {
            byte[] startup =
                    FrontendBytes.startup(
                            FrontendBytes.PROTOCOL_3_0,
                            Map.of("user", "app.acme", "options", "-c app.name=M?ller"));
            for (int i = 0; i < startup.length; i++) {
                if (startup[i] == '?') {
                    startup[i] = (byte) 0xfc;
                }
            }
            var answer = client.send(startup).readUntilClosed();
            assertThat(errors(answer)).isEqualTo("08P01");
            assertThat(answer.getLast().text()).contains("options is not UTF-8");
        }
    }

    @Test
    void aResetInsideATransactionHoldsThereToo() throws Exception {
        try (RawPgClient one = proxy.login("acme", Map.of("options", "-c work_mem=11MB"));
                RawPgClient other = proxy.login("acme")) {
            one.query("SET work_mem = '12MB'");
            one.query("BEGIN");
            one.query("RESET work_mem");
            assertThat(show(one, "work_mem")).isEqualTo("11MB");
            one.query("ROLLBACK");
            assertThat(show(other, "work_mem")).isEqualTo("4MB");
            assertThat(show(one, "work_mem")).isEqualTo("12MB");
        }
    }

    @Test
    void startupOptionsHoldForTheirClientOnly() throws Exception {
        try (RawPgClient one =
                        proxy.login(
                                "acme",
                                Map.of(
                                        "options",
                                        "-c work_mem=11MB --statement-timeout=7s -c app.x=a\\ b"));
                RawPgClient other = proxy.login("acme")) {
            assertThat(show(one, "work_mem")).isEqualTo("11MB");
            assertThat(show(other, "work_mem")).isEqualTo("4MB");
            assertThat(show(one, "statement_timeout")).isEqualTo("7s");
            assertThat(show(one, "app.x")).isEqualTo("a b");
            assertThat(show(other, "statement_timeout")).isNotEqualTo("7s");
        }
    }

    @Test
    void aStartupOptionThatTheServerRefusesEndsTheLogin() throws Exception {
        try (RawPgClient client = proxy.connect()) {
            Assertions.assertThatExceptionOfType(LoginRefused.class)
                    .isThrownBy(() ->
                            client.login(
                                    "app.acme",
                                    TestProxy.PASSWORD,
                                    Map.of(
                                            "database", "app",
                                            "options", "-c work_mem=many")));
        }
        awaitAllIdle(proxy);
        try (RawPgClient next = proxy.login("acme")) {
            assertThat(show(next, "work_mem")).isEqualTo("4MB");
        }
    }

    @Test
    void aSettingOfTheExtendedProtocolFollowsItsClient() throws Exception {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            one.send(
                            parse("s", "SET work_mem = '5MB'"),
                            bind("", "s"),
                            execute("", 0),
                            parse("", "SET TimeZone = 'Asia/Tokyo'"),
                            bind("p", ""),
                            execute("p", 0),
                            sync())
                    .readUntilReady();

            assertThat(show(other, "work_mem")).isEqualTo("4MB");
            assertThat(show(other, "timezone")).isEqualTo("UTC");
            assertThat(show(one, "work_mem")).isEqualTo("5MB");
            assertThat(show(one, "timezone")).isEqualTo("Asia/Tokyo");
        }
    }

    @Test
    void whatFailsAsAWholeUndoesItsSettings() throws Exception {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            var answer =
                    one.send(
                                    parse("", "SET work_mem = '5MB'"),
                                    bind("", ""),
                                    execute("", 0),
                                    parse("", "SELECT 1/0"),
                                    bind("", ""),
                                    execute("", 0),
                                    sync())
                            .readUntilReady();

            assertThat(errors(answer)).isEqualTo("22012");
            assertThat(errors(one.query("SET work_mem = '5MB'; SELECT 1/0"))).isEqualTo("22012");
            assertThat(show(other, "work_mem")).isEqualTo("4MB");
            assertThat(show(one, "work_mem")).isEqualTo("4MB");
        }
    }

    @Test
    void aSavepointThatUndoesASettingPinsBecauseNobodyIsTold() throws Exception {
        try (RawPgClient one = proxy.login("acme")) {
            one.query("BEGIN");
            one.query("SET work_mem = '5MB'");
            one.query("SAVEPOINT s");
            one.query("SET work_mem = '6MB'");
            one.query("ROLLBACK TO s");
            one.query("COMMIT");
            assertThat(show(one, "work_mem")).isEqualTo("5MB");
        }
        awaitAllIdle(proxy);
        try (RawPgClient next = proxy.login("acme")) {
            assertThat(show(next, "work_mem")).isEqualTo("4MB");
        }
    }

    private static byte[] series(String... statements) {
        byte[][] messages = new byte[statements.length + 1][];
        for (int i = 0; i < statements.length; i++) {
            messages[i] = FrontendBytes.all(parse("", statements[i]), bind("", ""), execute("", 0));
        }
        messages[statements.length] = sync();
        return FrontendBytes.all(messages);
    }

    /** In one series, and in one Query. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BEGIN; SAVEPOINT s; ROLLBACK TO s; COMMIT; SET work_mem = '5MB'"
                        + " | work_mem | 5MB",
                "BEGIN; SAVEPOINT s; ROLLBACK TO s; COMMIT; SET ROLE settings_group"
                        + " | role | settings_group",
                "BEGIN; SAVEPOINT s; ROLLBACK TO s; COMMIT; SET TimeZone = 'Asia/Tokyo'"
                        + " | timezone | Asia/Tokyo",
                "BEGIN; SAVEPOINT s; ROLLBACK TO s; SET work_mem = '5MB'; COMMIT"
                        + " | work_mem | 5MB",
                "BEGIN; SAVEPOINT s; ROLLBACK TO s; ROLLBACK; SET work_mem = '5MB'"
                        + " | work_mem | 5MB",
                "BEGIN; SET work_mem = '6MB'; ROLLBACK; SET work_mem = '5MB'; COMMIT"
                        + " | work_mem | 5MB",
            })
    void aSettingBehindASavepointIsItsClients(String sql, String name, String value)
            throws Exception {
        String[] statements = sql.split("; ", -1);
        for (byte[] messages : new byte[][] {series(statements), query(sql)}) {
            try (RawPgClient one = proxy.login("acme");
                    RawPgClient other = proxy.login("acme")) {
                @Nullable String before = show(other, name);
                assertThat(errors(one.send(messages).readUntilReady())).isEmpty();
                assertThat(proxy.onSessions(session -> String.valueOf(session.pinReason())))
                        .containsOnly("null");
                assertThat(show(other, name)).isEqualTo(before);
                assertThat(show(one, name)).isEqualTo(value);
            }
            awaitAllIdle(proxy);
        }
    }

    /** Of what is asked for at startup a text is made no longer than it may be. */
    @Test
    void whatATextResetsTooOftenComesBackAtItsEnd() throws Exception {
        Map<String, String> startup = new LinkedHashMap<>();
        startup.put("work_mem", "11MB");
        for (int i = 1; i <= 64; i++) {
            startup.put("app.s" + i, String.valueOf(i));
        }
        try (RawPgClient one = proxy.login("acme", startup);
                RawPgClient other = proxy.login("acme")) {
            assertThat(rows(one.query("RESET ALL; SHOW work_mem"))).isEqualTo("11MB");
            assertThat(rows(one.query("RESET ALL; RESET ALL; SHOW work_mem")))
                    .as("130 settings are more than 128")
                    .isEqualTo("4MB");
            assertThat(show(one, "work_mem")).isEqualTo("11MB");
            assertThat(show(one, "app.s64")).isEqualTo("64");
            assertThat(show(other, "work_mem")).isEqualTo("4MB");
            assertThat(show(one, "app.s1")).isEqualTo("1");
        }
    }

    @Test
    void whatIsTooLongToComeBackInATextOrASeriesComesBackAtItsEndAndDoesNotPin() throws Exception {
        String length = "SELECT length(current_setting('app.x'))";
        String quotes = "'".repeat(8500); // each is two in a SET
        try (RawPgClient one = proxy.login("acme", Map.of("app.x", "x".repeat(6000)));
                RawPgClient longer = proxy.login("acme", Map.of("app.x", "x".repeat(9000)));
                RawPgClient longest = proxy.login("acme", Map.of("app.x", quotes))) {
            assertThat(rows(one.query("RESET app.x; " + length))).isEqualTo("6000");
            assertThat(rows(one.query("RESET app.x; ".repeat(3) + length)))
                    .as("18,000 characters are more than 16 KiB")
                    .isEqualTo("0");
            assertThat(rows(longer.query("RESET app.x; " + length)))
                    .as("a SET of more than 8 KiB is not read in a text")
                    .isEqualTo("0");
            assertThat(rows(longer.send(series("RESET app.x", length)).readUntilReady()))
                    .isEqualTo("9000");
            assertThat(rows(longest.send(series("RESET app.x", length)).readUntilReady()))
                    .isEqualTo("0");
            assertThat(rows(one.query(length))).isEqualTo("6000");
            assertThat(rows(longer.query(length))).isEqualTo("9000");
            assertThat(rows(longest.query(length))).isEqualTo("8500");
        }
    }

    /** It is then as before the transaction, or so it seems. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RESET work_mem | RESET work_mem",
                "SET work_mem = '7MB' | SET work_mem = '7MB'",
            })
    void aSavepointThatUndoesAChangeBackPins(String before, String back) throws Exception {
        try (RawPgClient one = proxy.login("acme")) {
            one.query(before);
            for (String statement :
                    new String[] {
                        "BEGIN",
                        "SET work_mem = '6MB'",
                        "SAVEPOINT s",
                        back,
                        "ROLLBACK TO s",
                        "COMMIT"
                    }) {
                assertThat(errors(one.query(statement))).isEmpty();
            }
            assertThat(proxy.onSessions(session -> String.valueOf(session.pinReason())))
                    .containsExactly("unreadable-setting");
            assertThat(show(one, "work_mem")).isEqualTo("6MB");
        }
        awaitAllIdle(proxy);
        try (RawPgClient next = proxy.login("acme")) {
            assertThat(show(next, "work_mem")).isEqualTo("4MB");
        }
    }

    /** The server reports only what is another value than before. */
    @Test
    void aReportedSettingThatComesBackAtOnceIsItsClients() throws Exception {
        for (byte[] messages :
                new byte[][] {
                    query("RESET TimeZone; SET TimeZone = 'Asia/Tokyo'"),
                    query("RESET ALL; SET TimeZone = 'Asia/Tokyo'"),
                    series("DISCARD ALL", "SET TimeZone = 'Asia/Tokyo'"),
                }) {
            try (RawPgClient one = proxy.login("acme");
                    RawPgClient other = proxy.login("acme")) {
                one.query("SET TimeZone = 'Asia/Tokyo'");
                assertThat(errors(one.send(messages).readUntilReady())).isEmpty();
                assertThat(show(other, "timezone")).isEqualTo("UTC");
                assertThat(show(one, "timezone")).isEqualTo("Asia/Tokyo");
            }
            awaitAllIdle(proxy);
        }
    }

    @Test
    void theDefaultIsTheClientsToSetBehindAReset() throws Exception {
        try (RawPgClient one = proxy.login("acme", Map.of("TimeZone", "Europe/Paris"));
                RawPgClient other = proxy.login("acme")) {
            one.query("RESET TimeZone; SET TimeZone = 'UTC'");
            assertThat(show(one, "timezone")).isEqualTo("UTC");
            assertThat(show(other, "timezone")).isEqualTo("UTC");
            one.query("RESET TimeZone");
            assertThat(show(one, "timezone")).isEqualTo("Europe/Paris");
        }
    }

    @Test
    void reportedSettingsSurviveASavepointWithoutAPin() throws Exception {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            one.query("BEGIN");
            one.query("SET TimeZone = 'Asia/Tokyo'");
            one.query("SAVEPOINT s");
            one.query("SET TimeZone = 'Europe/Paris'");
            one.query("ROLLBACK TO s");
            one.query("COMMIT");
            assertThat(show(other, "timezone")).isEqualTo("UTC");
            assertThat(show(one, "timezone")).isEqualTo("Asia/Tokyo");
        }
    }

    @Test
    void twoClientsKeepTheirOwnFormats() throws Exception {
        try (RawPgClient one = proxy.login("acme", Map.of("DateStyle", "German"));
                RawPgClient other = proxy.login("acme", Map.of("TimeZone", "asia/tokyo"))) {
            for (int i = 0; i < 5; i++) {
                assertThat(one.queryOne("SELECT date '2020-01-31'")).isEqualTo("31.01.2020");
                assertThat(other.queryOne("SELECT date '2020-01-31'")).isEqualTo("2020-01-31");
                assertThat(show(other, "timezone")).isEqualTo("Asia/Tokyo");
                assertThat(show(one, "timezone")).isEqualTo("UTC");
            }
            assertThat(other.parameters()).containsEntry("TimeZone", "Asia/Tokyo");
        }
    }

    @Test
    void aRoleIsNotTheNextClients() throws Exception {
        try (RawPgClient other = proxy.login("acme")) {
            try (RawPgClient one = proxy.login("acme")) {
                one.query("SET ROLE settings_group");
                one.send(query("SELECT current_user; SET work_mem = '5MB'")).readUntilReady();
            }
            await().until(() -> proxy.onSessions(s -> s).size() == 1);
            assertThat(other.queryOne("SELECT current_user")).isEqualTo("acme");
        }
    }

    @Test
    void aQuoteBehindABackslashIsSetAgainAlsoWhereBackslashesMayNotPrecedeIt() throws Exception {
        try (RawPgClient one = proxy.login("acme", Map.of("app.x", "it's \\ x"));
                RawPgClient other = proxy.login("acme")) {
            other.query("SET backslash_quote = off");
            assertThat(show(one, "app.x")).isEqualTo("it's \\ x");
        }
    }

    @Test
    void whatOnlyTheLoginMaySetIsSetThoughBothClientsHaveTheSameRole() throws Exception {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            one.query("SET log_min_duration_statement = 60000");
            one.query("SET ROLE settings_group");
            other.query("SET ROLE settings_group");
            assertThat(show(one, "log_min_duration_statement")).isEqualTo("1min");
            assertThat(one.queryOne("SELECT current_user")).isEqualTo("settings_group");
            assertThat(show(other, "log_min_duration_statement")).isEqualTo("-1");
            assertThat(other.queryOne("SELECT current_user")).isEqualTo("settings_group");
        }
    }

    @ParameterizedTest
    @CsvSource({"200, 1", "5, 8000"})
    void moreSettingsThanAreFollowedKeepTheirConnectionAndAreNotLost(int count, int length)
            throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            for (int i = 0; i < count; i++) {
                assertThat(
                                errors(
                                        client.query(
                                                "SET app.x%d = '%s'"
                                                        .formatted(i, "v".repeat(length)))))
                        .isEmpty();
            }
            assertThat(proxy.onSessions(session -> String.valueOf(session.pinReason())))
                    .contains("unreadable-setting");
            for (int i = 0; i < count; i++) {
                assertThat(show(client, "app.x" + i)).isEqualTo("v".repeat(length));
            }
            client.query("DISCARD ALL");
            assertThat(proxy.onSessions(session -> String.valueOf(session.pinReason())))
                    .containsOnly("null");
        }
    }
}
