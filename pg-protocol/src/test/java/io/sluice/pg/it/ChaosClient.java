package io.sluice.pg.it;

import static java.util.Objects.requireNonNull;

import io.sluice.pg.it.ChaosWire.Lost;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.LoginRefused;
import io.sluice.testbed.RawPgClient;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One client of the chaos. All it asks for contains its tag, new with every connection, and it
 * knows what every answer must be: its own settings, statements, rows, and nobody else's.
 *
 * <p>What is lost with a server is lost only while the run kills servers, and to a hasty client by
 * Sluice's own timeouts at any time; the client then connects again.
 */
final class ChaosClient {
    private final ChaosRun run;
    private final SplittableRandom random;
    private final String tenant;
    private final int number;
    private final ChaosKind kind;
    private final ChaosStory story = new ChaosStory();
    private @Nullable Connection connection;
    private String tag = "";
    private int life;

    /** What there is once for each connection. */
    private record Connection(
            ChaosWire wire, ChaosQueries queries, ChaosCopies copies, ChaosLimits limits) {
        ChaosKnowledge knowledge() {
            return wire.knowledge();
        }
    }

    ChaosClient(ChaosRun run, String tenant, int number, SplittableRandom random) {
        this.run = run;
        this.tenant = tenant;
        this.number = number;
        this.kind = ChaosKind.ofClient(number);
        this.random = random;
    }

    /** Does one thing after the other until the run is over; then goes in one of several ways. */
    void live() throws IOException {
        try {
            while (!run.isOver()) {
                act();
            }
            if (connection == null) {
                return;
            }
            connection().queries().checkSettings('I');
            if (random.nextInt(3) == 0) {
                drop(true);
            } else if (random.nextBoolean()) {
                connection().wire().send(FrontendBytes.terminate());
            }
        } catch (Lost | EOFException | SocketException e) {
            if (!mayLose()) {
                throw e;
            }
        } finally {
            drop(false);
        }
    }

    private boolean mayLose() {
        return kind == ChaosKind.HASTY || run.mayLose();
    }

    private void act() throws IOException {
        boolean couldLose = mayLose();
        try {
            if (connection == null) {
                connect();
            }
            step(connection());
            run.count();
        } catch (Lost | EOFException | SocketException e) {
            if (!couldLose && !mayLose()) {
                throw e;
            }
            story.note("lost: " + e);
            drop(false);
        }
    }

    String story() {
        return "%s client %s\n  %s".formatted(kind, tag, story);
    }

    private Connection connection() {
        return requireNonNull(connection, "not connected");
    }

    // ---- coming and going

    private void connect() throws IOException {
        life++;
        tag = "%s-%d-%d".formatted(tenant, number, life);
        Map<String, String> initial = new HashMap<>();
        if (random.nextBoolean()) {
            initial.put("application_name", tag);
        }
        if (random.nextInt(3) == 0) {
            initial.put("TimeZone", ChaosKnowledge.zone(random));
        }
        Map<String, String> startup = new HashMap<>(initial);
        if (random.nextInt(4) == 0) {
            startup.put("options", "-c search_path=" + ChaosKnowledge.schemaOf(tag));
            initial.put("search_path", ChaosKnowledge.schemaOf(tag));
        }
        startup.put("database", kind.database());
        String user = kind.user() + "." + tenant;
        startup.put("user", user);
        boolean tls = random.nextInt(4) == 0;
        boolean longKey = random.nextInt(4) == 0;
        story.note("connects with %s, tls=%s longKey=%s".formatted(startup, tls, longKey));
        RawPgClient client = run.proxy().connect().timeout(ChaosRun.PATIENCE);
        ChaosKnowledge knowledge =
                new ChaosKnowledge(tag, tenant + "_app", initial, run.defaults());
        ChaosWire wire = new ChaosWire(run, kind, knowledge, client, random);
        ChaosQueries queries = new ChaosQueries(run, wire, story, random);
        connection =
                new Connection(
                        wire,
                        queries,
                        new ChaosCopies(wire, story, random),
                        new ChaosLimits(run, wire, queries, story, random));
        if (tls) {
            client.upgradeToTls();
        }
        try {
            client.send(
                    FrontendBytes.startup(
                            longKey ? FrontendBytes.PROTOCOL_3_2 : FrontendBytes.PROTOCOL_3_0,
                            startup));
            client.authenticate(user, TestProxy.PASSWORD);
        } catch (LoginRefused e) {
            run.saw(ChaosEvent.of(e.error()));
            throw wire.ended(e.error());
        }
        checkReported(client.parameters(), knowledge);
        run.keys().put(number, client.cancelKey());
        if (client.cancelKey().secret().length > Integer.BYTES) {
            run.saw(ChaosEvent.LONG_KEY);
        }
        if (tls) {
            run.saw(ChaosEvent.TLS);
        }
    }

    /** What a client is told at login was learnt from a server that others use, too. */
    private static void checkReported(Map<String, String> reported, ChaosKnowledge knowledge) {
        for (String name : List.of("application_name", "search_path", "TimeZone")) {
            String value = reported.get(name);
            if (value != null && !value.equals(knowledge.setting(name))) {
                throw new AssertionError("at login, somebody else's %s: %s".formatted(name, value));
            }
        }
    }

    private void drop(boolean hard) throws IOException {
        Connection gone = connection;
        connection = null;
        if (gone != null) {
            gone.wire().drop(hard);
        }
    }

    // ---- what it does

    private void step(Connection at) throws IOException {
        if (kind == ChaosKind.HASTY && random.nextInt(4) == 0) {
            at.limits().takeTooLong();
            return;
        }
        int dice = random.nextInt(100);
        if (dice < 18) {
            at.queries().select();
        } else if (dice < 26) {
            at.queries().checkSettings('I');
        } else if (dice < 34) {
            at.queries().set('I');
        } else if (dice < 56) {
            at.queries().pipeline('I');
        } else if (dice < 68 && kind.hasTransactions()) {
            transaction(at);
        } else if (dice < 73) {
            at.queries().fail();
        } else if (dice < 79) {
            at.copies().in();
            at.queries().checkRows();
        } else if (dice < 83) {
            at.copies().out();
        } else if (dice < 85 && kind.hasTransactions()) {
            at.limits().statementTimeout();
        } else if (dice < 88) {
            at.limits().cancelRunning();
        } else if (dice < 90) {
            at.limits().cancelAnywhere();
        } else if (dice < 93) {
            pinned(at);
        } else if (dice < 95) {
            at.queries().callFunction();
        } else if (dice < 96) {
            at.queries().discardAll();
        } else {
            vanish(at.wire());
        }
    }

    // ---- transactions

    private void transaction(Connection at) throws IOException {
        story.note("begins");
        ChaosWire wire = at.wire();
        ChaosQueries queries = at.queries();
        ChaosKnowledge.Moment before = at.knowledge().now();
        wire.must(ChaosQueries.query("BEGIN", "BEGIN", 'T'));
        int steps = random.nextInt(5);
        for (int i = 0; i < steps; i++) {
            switch (random.nextInt(6)) {
                case 0 -> wire.must(queries.selecting('T'));
                case 1 -> queries.checkSettings('T');
                case 2 -> queries.set('T');
                case 3 -> queries.pipeline('T');
                default -> {
                    story.note("inserts");
                    wire.must(ChaosQueries.query(ChaosQueries.insert(tag), "INSERT 0 1", 'T'));
                    at.knowledge().addRows(1);
                }
            }
        }
        boolean failed = random.nextInt(4) == 0;
        if (failed) {
            story.note("fails inside");
            wire.must(
                    new Script()
                            .send(FrontendBytes.query("SELECT '%s' FROM nowhere".formatted(tag)))
                            .expect('E', "42P01")
                            .ready('E'));
        }
        if (random.nextInt(8) == 0) {
            story.note("vanishes inside");
            drop(random.nextBoolean());
            return;
        }
        boolean commits = !failed && random.nextBoolean();
        story.note(commits ? "commits" : "rolls back");
        String end = commits || (failed && random.nextBoolean()) ? "COMMIT" : "ROLLBACK";
        wire.must(ChaosQueries.query(end, commits ? "COMMIT" : "ROLLBACK", 'I'));
        if (!commits) {
            at.knowledge().returnTo(before);
        }
        queries.checkRows();
    }

    // ---- what pins

    private void pinned(Connection at) throws IOException {
        story.note("is pinned");
        ChaosWire wire = at.wire();
        wire.must(
                ChaosQueries.query(
                        "CREATE TEMP TABLE mine AS SELECT '%s' AS tag".formatted(tag),
                        "SELECT 1",
                        'I'));
        wire.must(
                new Script()
                        .send(
                                FrontendBytes.query(
                                        "SELECT pg_advisory_lock(%d)::text".formatted(lockKey())))
                        .expectAll("TDC")
                        .ready('I'));
        wire.must(
                new Script()
                        .send(FrontendBytes.query("SELECT tag FROM mine"))
                        .expect('T')
                        .expect('D', tag)
                        .expect('C')
                        .ready('I'));
        if (random.nextInt(3) == 0) {
            story.note("vanishes pinned");
            drop(random.nextBoolean());
        } else {
            at.queries().discardAll();
        }
    }

    private long lockKey() {
        return ((long) number << 32) | life;
    }

    // ---- going without a word

    private void vanish(ChaosWire wire) throws IOException {
        String lost = tag + "-lost";
        byte[] bind = FrontendBytes.bind("", "s0", "half");
        byte[] half = Arrays.copyOf(bind, random.nextInt(1, bind.length));
        String insert = ChaosQueries.insert(lost);
        int manner = random.nextInt(9);
        if (!kind.hasTransactions() && (manner == 3 || manner == 7)) {
            manner = 0;
        }
        story.note("vanishes, manner " + manner);
        switch (manner) {
            case 0 -> {}
            case 1 -> wire.send(half);
            case 2 -> wire.send(FrontendBytes.query("SELECT '%s', pg_sleep(5)".formatted(lost)));
            case 3 -> wire.send(FrontendBytes.query("BEGIN"), FrontendBytes.query(insert), half);
            case 4 ->
                    wire.send(
                            FrontendBytes.query("COPY public.chaos (tag) FROM STDIN"),
                            FrontendBytes.copyData((lost + "\n").getBytes(StandardCharsets.UTF_8)));
            case 5 ->
                    wire.send(
                            FrontendBytes.query(
                                    "SELECT repeat('%s', 1000) FROM generate_series(1, 2000)"
                                            .formatted(lost)));
            case 6 ->
                    wire.send(
                            FrontendBytes.parse("s9", "SELECT 1"),
                            FrontendBytes.parse("", insert),
                            FrontendBytes.bind("", ""),
                            FrontendBytes.execute("", 0),
                            FrontendBytes.flush());
            case 7 ->
                    wire.send(
                            FrontendBytes.query("BEGIN"),
                            FrontendBytes.query("COPY public.chaos (tag) FROM STDIN"),
                            Arrays.copyOf(FrontendBytes.copyData(new byte[50_000]), 20_000));
            default ->
                    wire.send(
                            Arrays.copyOf(
                                    FrontendBytes.query(
                                            "SELECT '%s'".formatted("x".repeat(60_000))),
                                    40_000));
        }
        if (random.nextBoolean() && manner >= 3 && manner <= 7) {
            wire.read();
        }
        drop(random.nextBoolean());
    }
}
