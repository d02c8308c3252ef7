package io.sluice.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.config.ConfigView;
import io.sluice.config.ConsoleConfig.Role;
import io.sluice.console.Reply.Failure.Kind;
import io.sluice.guard.Outcome;
import io.sluice.metrics.Counter;
import io.sluice.metrics.PinCounts;
import io.sluice.pool.Switches.Database;
import io.sluice.spi.Lifecycle.Reload;
import io.sluice.spi.Lifecycle.Shutdown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CommandConsoleTest {
    private static final Database ACME_SHOP = new Database("postgres", "acme", "shop");

    private final TestProxy proxy = new TestProxy();
    private final CommandConsole console = console(Duration.ofSeconds(10));

    private CommandConsole console(Duration patience) {
        return new CommandConsole(
                proxy,
                proxy,
                "0.1.0",
                () ->
                        new ConfigView(
                                List.of(
                                        new ConfigView.Row(
                                                "limits.max-clients", "1000", "10000", true))),
                patience);
    }

    @AfterEach
    void close() {
        console.close();
        proxy.close();
    }

    private static Operator operator(Role role) {
        return new Operator(role.name(), role, "127.0.0.1:40000");
    }

    private Reply ask(Role role, String command) {
        return console.execute(operator(role), command)
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    private List<Map<String, @Nullable Object>> rows(String command) {
        Reply reply = ask(Role.STATS, command);
        assertThat(reply).isInstanceOf(Reply.Rows.class);
        Table table = ((Reply.Rows) reply).table();
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (@Nullable Object[] values : table.rows()) {
            assertThat(values).hasSameSizeAs(table.columns());
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            for (int i = 0; i < values.length; i++) {
                row.put(table.columns().get(i).name(), values[i]);
                assertType(table.columns().get(i), values[i]);
            }
            rows.add(row);
        }
        return rows;
    }

    private static void assertType(Table.Column column, @Nullable Object value) {
        if (value != null) {
            assertThat(value)
                    .as(column.name())
                    .isInstanceOf(
                            switch (column.type()) {
                                case TEXT, TIMESTAMP -> String.class;
                                case INT4 -> Integer.class;
                                case INT8, NUMERIC -> Long.class;
                            });
        }
    }

    // ---- who may what

    static Stream<String> adminCommands() {
        return Stream.of(
                "PAUSE",
                "RESUME",
                "DISABLE",
                "ENABLE",
                "RECONNECT",
                "WAIT_CLOSE",
                "KILL",
                "KILL_CLIENT",
                "SUSPEND",
                "RELOAD",
                "SHUTDOWN",
                "SHOW FDS",
                "SET max_client_conn = 5");
    }

    @ParameterizedTest
    @MethodSource("adminCommands")
    void deniesStatsUsersEverythingThatChangesSomething(String command) {
        assertThat(ask(Role.STATS, command))
                .isInstanceOfSatisfying(
                        Reply.Failure.class,
                        failure -> assertThat(failure.kind()).isEqualTo(Kind.DENIED));
        assertThat(proxy.switches().isAllPaused()).isFalse();
        assertThat(proxy.shutdowns).isEmpty();
    }

    /** Every command as it may be given, with each role, and whether that role may give it. */
    static Stream<Arguments> pairs() {
        List<String> orders =
                List.of(
                        "PAUSE acme/shop",
                        "RESUME acme/shop",
                        "DISABLE acme/shop",
                        "ENABLE acme/shop",
                        "RECONNECT acme/shop",
                        "WAIT_CLOSE acme/shop",
                        "KILL acme/shop",
                        "KILL_CLIENT 4711",
                        "SUSPEND",
                        "RELOAD",
                        "SHUTDOWN");
        try (TestProxy proxy = new TestProxy();
                CommandConsole console =
                        new CommandConsole(
                                proxy, proxy, "0.1.0", () -> new ConfigView(List.of()))) {
            List<Arguments> pairs = new ArrayList<>();
            for (Command command : console.commands().all()) {
                String given =
                        orders.stream()
                                .filter(order -> order.split(" ", -1)[0].equals(command.name()))
                                .findFirst()
                                .orElse(command.name());
                // Nobody is handed descriptors.
                boolean forNobody = given.equals("SHOW FDS");
                pairs.add(Arguments.of(Role.ADMIN, given, !forNobody));
                pairs.add(Arguments.of(Role.STATS, given, !forNobody && !orders.contains(given)));
            }
            assertThat(pairs).hasSizeGreaterThan(2 * orders.size());
            return pairs.stream();
        }
    }

    @ParameterizedTest(name = "{0} {1}: {2}")
    @MethodSource("pairs")
    void allowsEachRoleItsCommandsAndNoOther(Role role, String command, boolean allowed) {
        if (command.startsWith("RESUME")) {
            ask(Role.ADMIN, command.replace("RESUME", "PAUSE"));
        }
        Reply reply = ask(role, command);
        boolean denied = reply instanceof Reply.Failure failure && failure.kind() == Kind.DENIED;
        assertThat(denied).as(reply.toString()).isEqualTo(!allowed);
    }

    @Test
    void everyCommandNamesTheRolesThatMayGiveIt() {
        Set<String> forAdmins =
                Set.copyOf(adminCommands().filter(name -> !name.startsWith("SET")).toList());
        for (Command command : console.commands().all()) {
            assertThat(command.roles())
                    .as(command.name())
                    .isEqualTo(
                            forAdmins.contains(command.name())
                                    ? Set.of(Role.ADMIN)
                                    : Set.of(Role.ADMIN, Role.STATS));
        }
    }

    @Test
    void letsBothRolesShowEverythingElse() {
        for (Command command : console.commands().all()) {
            if (command.name().startsWith("SHOW ") && !command.name().equals("SHOW FDS")) {
                for (Role role : Role.values()) {
                    assertThat(ask(role, command.name()))
                            .as(role + " " + command.name())
                            .isInstanceOfSatisfying(
                                    Reply.Rows.class,
                                    rows ->
                                            assertThat(rows.table().columns())
                                                    .isEqualTo(console.columnsOf(command.name())));
                }
            }
        }
    }

    @Test
    void handsOutNoDescriptorsEvenToAdmins() {
        assertThat(ask(Role.ADMIN, "SHOW FDS"))
                .isInstanceOfSatisfying(
                        Reply.Failure.class,
                        failure -> assertThat(failure.kind()).isEqualTo(Kind.DENIED));
    }

    @Test
    void tellsEachRoleWhatItMay() {
        assertThat(ask(Role.ADMIN, "SHOW HELP"))
                .isInstanceOfSatisfying(
                        Reply.Notice.class,
                        help -> {
                            assertThat(help.message()).isEqualTo("Console usage");
                            assertThat(help.tag()).isEqualTo("SHOW");
                            assertThat(help.detail()).contains("SHOW POOLS", "KILL_CLIENT <id>");
                        });
        assertThat(ask(Role.STATS, "show;"))
                .isInstanceOfSatisfying(
                        Reply.Notice.class,
                        help ->
                                assertThat(help.detail())
                                        .contains("SHOW POOLS")
                                        .doesNotContain("KILL"));
    }

    // ---- grammar at the edges

    @Test
    void wordsMistakesAsPgBouncerDoes() {
        for (String wrong : List.of("FOO", "SHOW FOO", "SHOW POOLS acme", "PAUSE nowhere")) {
            assertThat(ask(Role.ADMIN, wrong))
                    .as(wrong)
                    .isInstanceOfSatisfying(
                            Reply.Failure.class,
                            failure -> assertThat(failure.kind()).isEqualTo(Kind.WRONG));
        }
    }

    @Test
    void hasNothingToSayToNothing() {
        assertThat(ask(Role.STATS, "")).isEqualTo(new Reply.Done(""));
    }

    // ---- what is shown

    @Test
    void addsUpThePoolsOfAllLoops() {
        proxy.acquire(proxy.connect(0, "acme", "shop"));
        proxy.connect(1, "acme", "shop");
        proxy.connect(1, "acme", "reports");

        List<Map<String, @Nullable Object>> rows = rows("SHOW POOLS");

        assertThat(rows)
                .extracting(row -> row.get("database"))
                .containsExactly("acme/shop", "pgbouncer", "reports");
        assertThat(rows.getFirst())
                .containsEntry("user", "app")
                .containsEntry("cl_active", 2)
                .containsEntry("cl_waiting", 0)
                .containsEntry("sv_active", 1)
                .containsEntry("pool_mode", "transaction")
                .containsEntry("load_balance_hosts", null);
    }

    @Test
    void namesTheTenantOnlyWhereTwoHaveADatabaseOfOneName() {
        assertThat(rows("SHOW DATABASES"))
                .extracting(row -> row.get("name"))
                .containsExactlyInAnyOrder("acme/shop", "reports", "globex/shop", "pgbouncer");
        assertThat(rows("SHOW DATABASES").getFirst())
                .containsEntry("host", "db.example")
                .containsEntry("port", 5432)
                .containsEntry("pool_size", 20)
                .containsEntry("pool_mode", null)
                .containsEntry("force_user", null);
        assertThat(rows("SHOW USERS"))
                .extracting(row -> row.get("name"), row -> row.get("pool_size"))
                .containsExactlyInAnyOrder(
                        tuple("acme/app", "       20"), tuple("globex/app", "       20"));
    }

    @Test
    void showsBothEndsOfALease() {
        FakeClient client = proxy.connect(0, "acme", "shop");
        proxy.acquire(client);

        Map<String, @Nullable Object> shown = rows("SHOW CLIENTS").getFirst();
        Map<String, @Nullable Object> server = rows("SHOW SERVERS").getFirst();

        assertThat(shown)
                .containsEntry("type", "C")
                .containsEntry("state", "active")
                .containsEntry("application_name", "psql")
                .containsEntry("prepared_statements", 7)
                .containsEntry("link", server.get("ptr"));
        assertThat(server)
                .containsEntry("type", "S")
                .containsEntry("state", "active")
                .containsEntry("remote_pid", 4711)
                .containsEntry("link", shown.get("ptr"));
        assertThat((String) shown.get("connect_time"))
                .matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d \\S+");
        assertThat(rows("SHOW SOCKETS"))
                .extracting(row -> row.get("state"))
                .containsExactly("cl_active", "sv_active");
        assertThat(rows("SHOW ACTIVE_SOCKETS")).hasSize(2);
    }

    @Test
    void showsWhyASessionIsPinned() {
        proxy.connect(0, "acme", "shop");
        FakeClient pinned = proxy.connect(1, "acme", "shop");
        pinned.pin = "LISTEN";

        assertThat(rows("SHOW PINS"))
                .singleElement()
                .satisfies(row ->
                        assertThat(row)
                                .containsEntry("id", pinned.id())
                                .containsEntry("reason", "LISTEN"));
    }

    @Test
    void showsHowOftenSessionsWerePinnedByReason() {
        proxy.pinCounts().know(new PinCounts.Reason("postgres", "load"));
        proxy.pinCounts().count(new PinCounts.Reason("postgres", "listen"));
        proxy.pinCounts().count(new PinCounts.Reason("postgres", "listen"));

        assertThat(rows("SHOW PIN_REASONS"))
                .containsExactly(
                        Map.of("protocol", "postgres", "reason", "listen", "pins", 2L),
                        Map.of("protocol", "postgres", "reason", "load", "pins", 0L));
    }

    @Test
    void addsUpHowTheCommandsOfATenantHaveGone() {
        proxy.kinds().know("line", List.of("get", "set", "other"));
        proxy.kinds().of("line", "acme", 0).record(0, Outcome.OK, 2_000_000, 10, 20);
        proxy.kinds().of("line", "acme", 1).record(0, Outcome.TIMEOUT, 9_000_000, 1, 2);
        proxy.kinds().of("line", "acme", 0).record(7, Outcome.CLIENT_FAULT, 5_000, 3, 4);
        proxy.kinds().of("line", "globex", 0).record(1, Outcome.OK, 1_000, 5, 6);

        assertThat(rows("SHOW COMMANDS"))
                .extracting(
                        row -> row.get("tenant"),
                        row -> row.get("command"),
                        row -> row.get("calls"),
                        row -> row.get("errors"),
                        row -> row.get("timeouts"),
                        row -> row.get("max_us"),
                        row -> row.get("total_us"),
                        row -> row.get("received"),
                        row -> row.get("sent"))
                .containsExactly(
                        tuple("acme", "get", 2L, 0L, 1L, 9_000L, 11_000L, 11L, 22L),
                        tuple("acme", "other", 1L, 1L, 0L, 5L, 5L, 3L, 4L),
                        tuple("globex", "set", 1L, 0L, 0L, 1L, 1L, 5L, 6L));
        assertThat(rows("SHOW COMMANDS").getFirst())
                .containsEntry("p50_us", 2_048L)
                .containsEntry("p99_us", 9_000L);
    }

    @Test
    void tellsEachLaneAndWhatIsOnEitherSideOfIt() {
        FakeClient client = proxy.connect(0, "acme", "shop");
        proxy.acquire(client);

        assertThat(rows("SHOW LANES"))
                .singleElement()
                .satisfies(lane ->
                        assertThat(lane)
                                .containsEntry("tenant", "acme")
                                .containsEntry("lane", "lease")
                                .containsEntry("sessions", 1)
                                .containsEntry("active", 1)
                                .containsEntry("waiting", 0));
        Map<String, @Nullable Object> session = rows("SHOW SESSIONS").getFirst();
        Map<String, @Nullable Object> connection = rows("SHOW CONNECTIONS").getFirst();
        assertThat(session)
                .containsEntry("state", "active")
                .containsEntry("link", "s" + connection.get("id"));
        assertThat(connection)
                .containsEntry("lane", "lease")
                .containsEntry("link", "c" + session.get("id"));
    }

    @Test
    void tellsTimesInMicroseconds() {
        var stats = proxy.stats().of("postgres", "acme", "shop", 0);
        proxy.stats().of("postgres", "acme", "shop", 1).add(Counter.QUERIES, 5);
        stats.add(Counter.QUERIES, 2);
        stats.add(Counter.QUERY_NANOS, 3_000_000);

        assertThat(rows("SHOW STATS").getFirst())
                .containsEntry("database", "acme/shop")
                .containsEntry("total_query_count", 7L)
                .containsEntry("total_query_time", 3000L)
                .containsEntry("avg_query_time", 428L);
        assertThat(rows("SHOW STATS_TOTALS").getFirst()).containsEntry("query_time", 3000L);
        var others = proxy.stats().of("postgres", "globex", "shop", 0);
        others.add(Counter.QUERIES, 1);
        others.add(Counter.QUERY_NANOS, 13_000_000);
        assertThat(rows("SHOW TOTALS"))
                .hasSize(22)
                .contains(
                        Map.of("name", "total_query_count", "value", 8L),
                        Map.of("name", "total_query_time", "value", 16_000L),
                        Map.of("name", "avg_query_time", "value", 2000L));
    }

    @Test
    void listsWhatExportersCount() {
        assertThat(rows("SHOW LISTS"))
                .extracting(row -> row.get("list"))
                .containsExactly(
                        "databases",
                        "users",
                        "peers",
                        "pools",
                        "peer_pools",
                        "free_clients",
                        "used_clients",
                        "login_clients",
                        "free_servers",
                        "used_servers",
                        "dns_names",
                        "dns_zones",
                        "dns_queries",
                        "dns_pending");
        assertThat(rows("SHOW CONFIG"))
                .extracting(row -> row.get("key"))
                .contains("limits.max-clients", "max_client_conn", "max_user_connections")
                .isSorted();
        assertThat(rows("SHOW VERSION"))
                .containsExactly(Map.of("version", "PgBouncer 1.25.2 (Sluice 0.1.0)"));
    }

    @Test
    void neverWaitsForALoopThatIsSilent() {
        CountDownLatch release = new CountDownLatch(1);
        try (CommandConsole impatient = console(Duration.ofMillis(20))) {
            proxy.connect(0, "acme", "shop");
            proxy.loops().get(1).execute(() -> await(release));

            Reply pools =
                    impatient
                            .execute(operator(Role.STATS), "SHOW POOLS")
                            .toCompletableFuture()
                            .join();
            Reply loops =
                    impatient
                            .execute(operator(Role.STATS), "SHOW LOOPS")
                            .toCompletableFuture()
                            .join();

            assertThat(((Reply.Rows) pools).notices())
                    .containsExactly("loop-1 does not answer: what is at home there is missing");
            assertThat(((Reply.Rows) loops).table().rows())
                    .extracting(row -> row[2])
                    .containsExactly("active", "silent");
        } finally {
            release.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void asksLoopsInSlices() {
        for (int i = 0; i < Survey.SLICE + 5; i++) {
            proxy.connect(0, "acme", "shop");
        }
        assertThat(rows("SHOW CLIENTS")).hasSize(Survey.SLICE + 5);
    }

    // ---- what is done

    @Test
    void pauseIsAnsweredWhenTheLastLeaseIsGivenBack() {
        FakeClient client = proxy.connect(0, "acme", "shop");
        proxy.acquire(client);

        CompletableFuture<Reply> pause =
                console.execute(operator(Role.ADMIN), "PAUSE acme/shop").toCompletableFuture();
        rows("SHOW POOLS"); // a later question is answered meanwhile
        assertThat(pause).isNotDone();
        proxy.on(
                0,
                _ -> {
                    client.giveBack();
                    return true;
                });

        assertThat(pause.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(new Reply.Done("PAUSE"));
        assertThat(rows("SHOW SERVERS")).isEmpty();
        assertThat(proxy.switches().isPaused(ACME_SHOP)).isTrue();
        assertThat(ask(Role.ADMIN, "RESUME acme/shop")).isEqualTo(new Reply.Done("RESUME"));
        assertThat(proxy.switches().isPaused(ACME_SHOP)).isFalse();
    }

    @Test
    void aPauseThatIsCancelledIsTakenBack() {
        FakeClient client = proxy.connect(0, "acme", "shop");
        proxy.acquire(client);
        CompletableFuture<Reply> pause =
                console.execute(operator(Role.ADMIN), "PAUSE").toCompletableFuture();
        assertThat(proxy.switches().isAllPaused()).isTrue();

        pause.cancel(false);

        assertThat(proxy.switches().isAllPaused()).isFalse();
    }

    @Test
    void aPauseThatIsResumedMeanwhileIsAnsweredAndClosesNothingMore() {
        FakeClient client = proxy.connect(0, "acme", "shop");
        proxy.acquire(client);
        CompletableFuture<Reply> pause =
                console.execute(operator(Role.ADMIN), "PAUSE acme/shop").toCompletableFuture();

        assertThat(ask(Role.ADMIN, "RESUME acme/shop")).isEqualTo(new Reply.Done("RESUME"));

        assertThat(pause.orTimeout(10, TimeUnit.SECONDS).join())
                .isEqualTo(Command.failure("PAUSE was taken back before it was through"));
        proxy.on(
                0,
                _ -> {
                    client.giveBack();
                    return true;
                });
        assertThat(rows("SHOW SERVERS")).hasSize(1);
    }

    @Test
    void aPauseThatSeveralWaitForIsTakenBackWhenTheLastGivesUp() {
        FakeClient client = proxy.connect(0, "acme", "shop");
        proxy.acquire(client);
        CompletableFuture<Reply> first = startPause();
        CompletableFuture<Reply> second = startPause();

        first.cancel(false);
        assertThat(proxy.switches().isPaused(ACME_SHOP)).as("the other still waits").isTrue();

        second.cancel(false);
        assertThat(proxy.switches().isPaused(ACME_SHOP)).isFalse();
    }

    @Test
    void whoBeganAPauseAndLeavesDoesNotTakeBackWhatAnotherSawThrough() {
        FakeClient client = proxy.connect(0, "acme", "shop");
        proxy.acquire(client);
        CompletableFuture<Reply> first = startPause();
        CompletableFuture<Reply> second = startPause();

        first.cancel(false);
        giveBack(client);

        assertThat(second.orTimeout(10, TimeUnit.SECONDS).join())
                .isEqualTo(new Reply.Done("PAUSE"));
        assertThat(ask(Role.ADMIN, "PAUSE acme/shop")).isEqualTo(new Reply.Done("PAUSE"));
        assertThat(proxy.switches().isPaused(ACME_SHOP)).isTrue();
    }

    @Test
    void nobodyTakesBackAPauseThatWasThroughOrAKillByGivingUpAPause() {
        FakeClient client = proxy.connect(0, "acme", "shop");
        proxy.acquire(client);
        CompletableFuture<Reply> beforeKill = startPause();
        assertThat(ask(Role.ADMIN, "KILL acme/shop")).isEqualTo(new Reply.Done("KILL"));
        CompletableFuture<Reply> afterKill = startPause();

        beforeKill.cancel(false);
        afterKill.cancel(false);

        assertThat(proxy.switches().isPaused(ACME_SHOP)).isTrue();
    }

    @Test
    void whoGivesUpAPauseThatWasResumedDoesNotTakeBackTheNext() {
        FakeClient client = proxy.connect(0, "acme", "shop");
        proxy.acquire(client);
        CompletableFuture<Reply> first = startPause();
        assertThat(ask(Role.ADMIN, "RESUME acme/shop")).isEqualTo(new Reply.Done("RESUME"));
        CompletableFuture<Reply> next = startPause();

        first.cancel(false);

        assertThat(proxy.switches().isPaused(ACME_SHOP)).isTrue();
        giveBack(client);
        assertThat(next.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(new Reply.Done("PAUSE"));
    }

    private CompletableFuture<Reply> startPause() {
        return console.execute(operator(Role.ADMIN), "PAUSE acme/shop").toCompletableFuture();
    }

    private void giveBack(FakeClient client) {
        proxy.on(
                0,
                _ -> {
                    client.giveBack();
                    return true;
                });
    }

    @Test
    void pausesOfEverythingAndOfADatabaseAreResumedApart() {
        assertThat(ask(Role.ADMIN, "PAUSE acme/shop")).isEqualTo(new Reply.Done("PAUSE"));
        assertThat(ask(Role.ADMIN, "PAUSE")).isEqualTo(new Reply.Done("PAUSE"));
        assertThat(ask(Role.ADMIN, "PAUSE reports")).isInstanceOf(Reply.Failure.class);
        assertThat(ask(Role.ADMIN, "RESUME reports")).isInstanceOf(Reply.Failure.class);

        assertThat(ask(Role.ADMIN, "RESUME")).isEqualTo(new Reply.Done("RESUME"));

        assertThat(rows("SHOW DATABASES"))
                .filteredOn(row -> Integer.valueOf(1).equals(row.get("paused")))
                .extracting(row -> row.get("name"))
                .containsExactly("acme/shop");
        assertThat(ask(Role.ADMIN, "RESUME acme/shop")).isEqualTo(new Reply.Done("RESUME"));
    }

    @Test
    void tellsAShutdownThatWaitsForServersAsAPause() {
        ask(Role.ADMIN, "SHUTDOWN WAIT_FOR_CLIENTS");
        assertThat(rows("SHOW STATE")).contains(Map.of("key", "paused", "value", "no"));
        proxy.shutdowns.clear();
        ask(Role.ADMIN, "SHUTDOWN WAIT_FOR_SERVERS");
        assertThat(rows("SHOW STATE"))
                .containsExactly(
                        Map.of("key", "active", "value", "no"),
                        Map.of("key", "paused", "value", "yes"),
                        Map.of("key", "suspended", "value", "no"));
    }

    @Test
    void refusesToPauseEverythingTwiceAndToResumeWhatRuns() {
        assertThat(ask(Role.ADMIN, "RESUME")).isInstanceOf(Reply.Failure.class);
        assertThat(ask(Role.ADMIN, "PAUSE")).isEqualTo(new Reply.Done("PAUSE"));
        assertThat(ask(Role.ADMIN, "PAUSE")).isInstanceOf(Reply.Failure.class);
        assertThat(rows("SHOW STATE")).contains(Map.of("key", "paused", "value", "yes"));
        assertThat(ask(Role.ADMIN, "RESUME")).isEqualTo(new Reply.Done("RESUME"));
    }

    @Test
    void resumesNothingDuringAShutdown() {
        assertThat(ask(Role.ADMIN, "PAUSE")).isEqualTo(new Reply.Done("PAUSE"));
        proxy.draining = true;

        assertThat(ask(Role.ADMIN, "RESUME"))
                .isInstanceOfSatisfying(
                        Reply.Failure.class,
                        failure -> assertThat(failure.toString()).contains("shutting down"));
        assertThat(proxy.switches().isAllPaused()).isTrue();
    }

    @Test
    void asksWhichTenantIsMeant() {
        assertThat(ask(Role.ADMIN, "PAUSE shop"))
                .isInstanceOfSatisfying(
                        Reply.Failure.class,
                        failure -> assertThat(failure.message()).contains("tenant/shop"));
        assertThat(ask(Role.ADMIN, "KILL pgbouncer"))
                .isInstanceOfSatisfying(
                        Reply.Failure.class,
                        failure -> assertThat(failure.message()).contains("admin database"));
    }

    @Test
    void killEndsTheSessionsOfOneDatabaseAndLeavesItPaused() {
        FakeClient hit = proxy.connect(0, "acme", "shop");
        FakeClient spared = proxy.connect(1, "globex", "shop");
        proxy.acquire(hit);
        proxy.acquire(spared);

        assertThat(ask(Role.ADMIN, "KILL acme/shop")).isEqualTo(new Reply.Done("KILL"));

        assertThat(hit.ended).isDone();
        assertThat(spared.ended).isNotDone();
        assertThat(rows("SHOW SERVERS"))
                .extracting(row -> row.get("database"))
                .containsExactly("globex/shop");
        assertThat(proxy.switches().isPaused(ACME_SHOP)).isTrue();
    }

    @Test
    void killClientEndsJustThatSession() {
        FakeClient hit = proxy.connect(1, "acme", "shop");
        FakeClient spared = proxy.connect(1, "acme", "shop");

        assertThat(ask(Role.ADMIN, "KILL_CLIENT " + hit.id()))
                .isEqualTo(new Reply.Done("KILL_CLIENT"));

        assertThat(hit.ended).isDone();
        assertThat(spared.ended).isNotDone();
        assertThat(ask(Role.ADMIN, "KILL_CLIENT " + hit.id())).isInstanceOf(Reply.Failure.class);
        assertThat(ask(Role.ADMIN, "KILL_CLIENT everybody")).isInstanceOf(Reply.Failure.class);
    }

    @Test
    void reconnectReplacesConnectionsAsTheyAreGivenBack() {
        FakeClient client = proxy.connect(0, "acme", "shop");
        proxy.acquire(client);

        assertThat(ask(Role.ADMIN, "RECONNECT acme/shop")).isEqualTo(new Reply.Done("RECONNECT"));
        assertThat(rows("SHOW SERVERS").getFirst()).containsEntry("close_needed", 1);
        CompletableFuture<Reply> wait =
                console.execute(operator(Role.ADMIN), "WAIT_CLOSE acme/shop").toCompletableFuture();
        rows("SHOW POOLS");
        assertThat(wait).isNotDone();
        proxy.on(
                0,
                _ -> {
                    client.giveBack();
                    return true;
                });

        assertThat(wait.orTimeout(10, TimeUnit.SECONDS).join())
                .isEqualTo(new Reply.Done("WAIT_CLOSE"));
    }

    @Test
    void disableAndEnableSwitchADatabase() {
        assertThat(ask(Role.ADMIN, "DISABLE reports")).isEqualTo(new Reply.Done("DISABLE"));
        assertThat(rows("SHOW DATABASES"))
                .filteredOn(row -> Integer.valueOf(1).equals(row.get("disabled")))
                .extracting(row -> row.get("name"))
                .containsExactly("reports");
        assertThat(ask(Role.ADMIN, "ENABLE reports")).isEqualTo(new Reply.Done("ENABLE"));
        assertThat(ask(Role.ADMIN, "DISABLE")).isInstanceOf(Reply.Failure.class);
    }

    @Test
    void reloadTellsWhyItFailed() {
        assertThat(ask(Role.ADMIN, "RELOAD")).isEqualTo(new Reply.Done("RELOAD"));
        proxy.nextReload = new Reload(false, List.of("sluice.conf:3: unknown key"));
        assertThat(ask(Role.ADMIN, "RELOAD"))
                .isEqualTo(
                        new Reply.Failure(
                                Kind.BAD_CONFIGURATION,
                                "RELOAD failed: sluice.conf:3: unknown key"));
    }

    @Test
    void shutdownHandsOnHow() {
        assertThat(ask(Role.ADMIN, "SHUTDOWN wait_for_clients"))
                .isEqualTo(new Reply.Done("SHUTDOWN"));
        assertThat(ask(Role.ADMIN, "SHUTDOWN")).isEqualTo(new Reply.Done("SHUTDOWN"));
        assertThat(ask(Role.ADMIN, "SHUTDOWN soon")).isInstanceOf(Reply.Failure.class);
        assertThat(proxy.shutdowns).containsExactly(Shutdown.WAIT_FOR_CLIENTS, Shutdown.NOW);
    }
}
