package io.sluice.pg.it;

import static java.util.Objects.requireNonNull;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.LoginRefused;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One client of the chaos. All it asks for contains its tag, new with every connection, and it
 * knows what every answer must be: its own settings, statements, rows, and nobody else's.
 *
 * <p>What is lost with a server is lost only while the run kills servers; the client then connects
 * again.
 */
final class ChaosClient {
    private static final int STORY = 40;
    private static final List<String> ZONES =
            List.of("Europe/Berlin", "Asia/Tokyo", "America/Lima", "Africa/Cairo");
    private static final List<String> NAMES = List.of("s0", "s1", "s2", "s3", "S_1");

    private final ChaosRun run;
    private final SplittableRandom random;
    private final String tenant;
    private final int number;
    private final ArrayDeque<String> story = new ArrayDeque<>();
    private final Map<String, String> statements = new HashMap<>();
    private Map<String, String> initial = Map.of();
    private Map<String, String> settings = new HashMap<>();
    private @Nullable RawPgClient wire;
    private String tag = "";
    private int life;
    private int counter;
    private int rows;

    /** The server, and what was asked of it, is lost. */
    private static final class Lost extends IOException {
        private static final long serialVersionUID = 1;

        Lost(String why) {
            super(why);
        }
    }

    ChaosClient(ChaosRun run, String tenant, int number, SplittableRandom random) {
        this.run = run;
        this.tenant = tenant;
        this.number = number;
        this.random = random;
    }

    /** Does one thing after the other until the run is over; then goes in one of several ways. */
    void live() throws IOException {
        try {
            while (!run.isOver()) {
                act();
            }
            if (wire == null) {
                return;
            }
            checkSettings();
            if (random.nextInt(3) == 0) {
                wire().abort();
            } else if (random.nextBoolean()) {
                wire().send(FrontendBytes.terminate());
            }
        } catch (Lost | EOFException | SocketException e) {
            if (!run.mayLose()) {
                throw e;
            }
        } finally {
            if (wire != null) {
                wire.close();
            }
        }
    }

    private void act() throws IOException {
        boolean couldLose = run.mayLose();
        try {
            if (wire == null) {
                connect();
            }
            step();
            run.count();
        } catch (Lost | EOFException | SocketException e) {
            if (!couldLose && !run.mayLose()) {
                throw e;
            }
            note("lost: " + e);
            drop(false);
        }
    }

    String story() {
        return "client %s\n  %s".formatted(tag, String.join("\n  ", story));
    }

    private void note(String what) {
        if (story.size() == STORY) {
            story.removeFirst();
        }
        story.addLast(what);
    }

    private RawPgClient wire() {
        return requireNonNull(wire, "not connected");
    }

    // ---- coming and going

    private void connect() throws IOException {
        life++;
        tag = "%s-%d-%d".formatted(tenant, number, life);
        statements.clear();
        rows = 0;
        Map<String, String> startup = new HashMap<>();
        if (random.nextBoolean()) {
            startup.put("application_name", tag);
        }
        if (random.nextInt(3) == 0) {
            startup.put("TimeZone", zone());
        }
        if (random.nextInt(4) == 0) {
            startup.put("options", "-c search_path=" + schema());
        }
        initial = new HashMap<>(startup);
        if (initial.remove("options") != null) {
            initial.put("search_path", schema());
        }
        settings = new HashMap<>(initial);
        note("connects with " + startup);
        try {
            wire = run.proxy().login(tenant, startup).timeout(Duration.ofSeconds(40));
        } catch (LoginRefused e) {
            throw new Lost("login: " + e);
        }
        run.keys().put(number, wire.cancelKey());
    }

    private void drop(boolean hard) throws IOException {
        RawPgClient gone = wire;
        wire = null;
        if (gone != null) {
            if (hard) {
                gone.abort();
            } else {
                gone.close();
            }
        }
    }

    private String zone() {
        return ZONES.get(random.nextInt(ZONES.size()));
    }

    private String schema() {
        return "s_" + tag.replace('-', '_');
    }

    // ---- what it does

    private void step() throws IOException {
        int dice = random.nextInt(100);
        if (dice < 18) {
            select();
        } else if (dice < 26) {
            checkSettings();
        } else if (dice < 34) {
            set();
        } else if (dice < 56) {
            pipeline('I');
        } else if (dice < 68) {
            transaction();
        } else if (dice < 73) {
            fail();
        } else if (dice < 79) {
            copyIn();
        } else if (dice < 83) {
            copyOut();
        } else if (dice < 85) {
            statementTimeout();
        } else if (dice < 88) {
            cancelRunning();
        } else if (dice < 90) {
            cancelAnywhere();
        } else if (dice < 93) {
            pinned();
        } else if (dice < 95) {
            callFunction();
        } else if (dice < 96) {
            discardAll();
        } else {
            vanish();
        }
    }

    private String next() {
        return tag + "/" + counter++;
    }

    private Script selecting(char status) {
        String value = next();
        int several = random.nextInt(3) + 1;
        Script script = new Script();
        for (int i = 0; i < several; i++) {
            script.send(FrontendBytes.query("SELECT '%s'".formatted(value)))
                    .expect('T')
                    .expect('D', value)
                    .expect('C', "SELECT 1")
                    .ready(status);
        }
        return script;
    }

    /** A plain query survives the loss of its server: the client is told, and stays. */
    private void select() throws IOException {
        note("selects");
        exchange(selecting('I'));
    }

    private void must(Script script) throws IOException {
        if (!exchange(script)) {
            throw new Lost("outcome unknown");
        }
    }

    private void query(String sql, String commandTag, char status) throws IOException {
        must(new Script().send(FrontendBytes.query(sql)).expect('C', commandTag).ready(status));
    }

    private void checkSettings() throws IOException {
        checkSettings('I');
    }

    private void checkSettings(char status) throws IOException {
        note("checks its settings");
        String sql =
                "SELECT concat_ws('|', current_setting('application_name'),"
                        + " current_setting('search_path'), current_setting('TimeZone'),"
                        + " coalesce(current_setting('app.tag', true), ''), current_database())";
        String expected =
                String.join(
                        "|",
                        setting("application_name"),
                        setting("search_path"),
                        setting("TimeZone"),
                        settings.getOrDefault("app.tag", ""),
                        tenant + "_app");
        Script script = new Script();
        if (random.nextBoolean()) {
            script.send(FrontendBytes.query(sql)).expect('T');
        } else {
            script.send(
                            FrontendBytes.parse("", sql),
                            FrontendBytes.bind("", ""),
                            FrontendBytes.execute("", 0),
                            FrontendBytes.sync())
                    .expectAll("12");
        }
        must(script.expect('D', expected).expect('C').ready(status));
    }

    private String setting(String name) {
        return settings.getOrDefault(name, run.defaultOf(name));
    }

    private void set() throws IOException {
        set('I');
    }

    private void set(char status) throws IOException {
        String name =
                List.of("application_name", "search_path", "TimeZone", "app.tag")
                        .get(random.nextInt(4));
        if (random.nextInt(4) == 0) {
            note("resets " + name);
            query("RESET " + name, "RESET", status);
            if (initial.containsKey(name)) {
                settings.put(name, initial.get(name));
            } else {
                settings.remove(name);
            }
            return;
        }
        String value =
                switch (name) {
                    case "TimeZone" -> zone();
                    case "search_path" -> schema();
                    default -> next();
                };
        note("sets " + name + " to " + value);
        String sql = "SET %s = '%s'".formatted(name, value);
        if (random.nextBoolean()) {
            query(sql, "SET", status);
        } else {
            must(
                    new Script()
                            .send(
                                    FrontendBytes.parse("", sql),
                                    FrontendBytes.bind("", ""),
                                    FrontendBytes.execute("", 0),
                                    FrontendBytes.sync())
                            .expectAll("12")
                            .expect('C', "SET")
                            .ready(status));
        }
        settings.put(name, value);
    }

    private void discardAll() throws IOException {
        note("discards all");
        query("DISCARD ALL", "DISCARD ALL", 'I');
        settings = new HashMap<>(initial);
        statements.clear();
    }

    private void fail() throws IOException {
        note("fails");
        Script script =
                switch (random.nextInt(3)) {
                    case 0 ->
                            new Script()
                                    .send(FrontendBytes.query("SELECT '" + tag + "', 1/0"))
                                    .expect('E', "22012");
                    case 1 ->
                            new Script()
                                    .send(FrontendBytes.query("SELEKT '" + tag + "'"))
                                    .expect('E', "42601");
                    default ->
                            new Script()
                                    .send(
                                            FrontendBytes.query(
                                                    "SELECT '%s'; SELECT nothing; SELECT 1"
                                                            .formatted(tag)))
                                    .expect('T')
                                    .expect('D', tag)
                                    .expect('C')
                                    .expect('E', "42703");
                };
        exchange(script.ready('I'));
    }

    // ---- pipelines

    /** Some series of messages, each ended by a Sync, all sent at once. */
    private void pipeline(char status) throws IOException {
        Script script = new Script();
        int series = random.nextInt(4) + 1;
        StringBuilder what = new StringBuilder("pipeline");
        for (int i = 0; i < series; i++) {
            series(script, status, what);
        }
        note(what.toString());
        must(script);
    }

    private void series(Script script, char status, StringBuilder what) {
        Map<String, String> before = new HashMap<>(settings);
        boolean failed = false;
        int steps = random.nextInt(5);
        for (int i = 0; i < steps; i++) {
            Script part = new Script();
            int dice = random.nextInt(12);
            if (failed) {
                // Whatever comes now is skipped, so nothing of it may change what is known.
                skipped(part, dice);
                what.append(" skipped");
                script.send(part.bytes());
                continue;
            }
            if (dice == 0 && status == 'I') {
                failing(part);
                failed = true;
                what.append(" failing");
            } else {
                what.append(' ').append(succeeding(part, dice));
            }
            script.send(part.bytes());
            part.answers().forEach(a -> add(script, a));
        }
        if (random.nextInt(6) == 0) {
            script.send(FrontendBytes.flush());
        }
        script.send(FrontendBytes.sync()).ready(status);
        what.append(" sync");
        if (failed) {
            settings = before;
        }
    }

    private static void add(Script script, Script.Answer answer) {
        if (answer.value() == null) {
            script.expect(answer.type());
        } else {
            script.expect(answer.type(), answer.value());
        }
    }

    private void skipped(Script part, int dice) {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        switch (dice % 4) {
            case 0 ->
                    part.send(
                            FrontendBytes.parse(name, "SELECT 'skipped'"),
                            FrontendBytes.bind("", name),
                            FrontendBytes.execute("", 0));
            case 1 -> part.send(FrontendBytes.closeStatement(name));
            case 2 -> part.send(FrontendBytes.describeStatement(name));
            default -> part.send(FrontendBytes.bind("", name, "skipped"));
        }
    }

    private void failing(Script part) {
        switch (random.nextInt(5)) {
            case 0 ->
                    part.send(FrontendBytes.parse("", "SELEKT '%s'".formatted(tag)))
                            .expect('E', "42601");
            case 1 -> part.send(FrontendBytes.bind("", "nobody's")).expect('E', "26000");
            case 2 -> part.send(FrontendBytes.execute("nobody's", 0)).expect('E', "34000");
            case 3 -> {
                String name = statements.isEmpty() ? null : statements.keySet().iterator().next();
                if (name == null) {
                    part.send(FrontendBytes.describeStatement("nobody's")).expect('E', "26000");
                } else {
                    part.send(FrontendBytes.parse(name, "SELECT 'again'")).expect('E', "42P05");
                }
            }
            default ->
                    part.send(
                                    FrontendBytes.parse("", "SELECT 1/$1::int"),
                                    FrontendBytes.bind("", "", "0"),
                                    FrontendBytes.execute("", 0))
                            .expect('1')
                            .expect('E', "22012");
        }
    }

    private String succeeding(Script part, int dice) {
        String value = next();
        String name = NAMES.get(random.nextInt(NAMES.size()));
        String known = statements.get(name);
        if (dice < 4) {
            part.send(
                            FrontendBytes.parse("", "SELECT '%s'".formatted(value)),
                            FrontendBytes.bind("", ""),
                            FrontendBytes.describePortal(""),
                            FrontendBytes.execute("", 0))
                    .expectAll("12T")
                    .expect('D', value)
                    .expect('C');
            return "unnamed";
        }
        if (known == null) {
            // Some texts are one client's, some are everybody's.
            String prefix = random.nextBoolean() ? tag : "all" + random.nextInt(8);
            String sql = "SELECT '%s:%s:' || $1::text".formatted(prefix, name);
            part.send(FrontendBytes.parse(name, sql)).expect('1');
            statements.put(name, prefix + ":" + name + ":");
            return "prepare " + name;
        }
        if (dice < 9) {
            if (random.nextBoolean()) {
                part.send(FrontendBytes.describeStatement(name)).expectAll("tT");
            }
            part.send(FrontendBytes.bind("", name, value), FrontendBytes.execute("", 0))
                    .expect('2')
                    .expect('D', known + value)
                    .expect('C');
            return "execute " + name;
        }
        if (dice == 9) {
            part.send(
                            FrontendBytes.parse(
                                    "", "SELECT '%s' FROM generate_series(1, 3)".formatted(value)),
                            FrontendBytes.bind("portal", ""),
                            FrontendBytes.execute("portal", 2),
                            FrontendBytes.execute("portal", 0),
                            FrontendBytes.closePortal("portal"))
                    .expectAll("12")
                    .expect('D', value)
                    .expect('D', value)
                    .expect('s')
                    .expect('D', value)
                    .expect('C')
                    .expect('3');
            return "portal";
        }
        if (dice == 10) {
            part.send(
                            FrontendBytes.parse("", "SET application_name = '%s'".formatted(value)),
                            FrontendBytes.bind("", ""),
                            FrontendBytes.execute("", 0))
                    .expectAll("12")
                    .expect('C', "SET");
            settings.put("application_name", value);
            return "set";
        }
        part.send(FrontendBytes.closeStatement(name)).expect('3');
        statements.remove(name);
        return "close " + name;
    }

    // ---- transactions

    private void transaction() throws IOException {
        note("begins");
        Map<String, String> before = new HashMap<>(settings);
        int rowsBefore = rows;
        query("BEGIN", "BEGIN", 'T');
        int steps = random.nextInt(5);
        for (int i = 0; i < steps; i++) {
            switch (random.nextInt(6)) {
                case 0 -> must(selecting('T'));
                case 1 -> checkSettings('T');
                case 2 -> set('T');
                case 3 -> pipeline('T');
                default -> {
                    note("inserts");
                    query(
                            "INSERT INTO public.chaos VALUES ('%s')".formatted(tag),
                            "INSERT 0 1",
                            'T');
                    rows++;
                }
            }
        }
        boolean failed = random.nextInt(4) == 0;
        if (failed) {
            note("fails inside");
            must(
                    new Script()
                            .send(FrontendBytes.query("SELECT '%s' FROM nowhere".formatted(tag)))
                            .expect('E', "42P01")
                            .ready('E'));
        }
        if (random.nextInt(8) == 0) {
            note("vanishes inside");
            drop(random.nextBoolean());
            return;
        }
        boolean commits = !failed && random.nextBoolean();
        note(commits ? "commits" : "rolls back");
        String end = commits || (failed && random.nextBoolean()) ? "COMMIT" : "ROLLBACK";
        query(end, commits ? "COMMIT" : "ROLLBACK", 'I');
        if (!commits) {
            settings = before;
            rows = rowsBefore;
        }
        checkRows();
    }

    private void checkRows() throws IOException {
        must(
                new Script()
                        .send(
                                FrontendBytes.query(
                                        "SELECT count(*) FROM public.chaos WHERE tag = '%s'"
                                                .formatted(tag)))
                        .expect('T')
                        .expect('D', String.valueOf(rows))
                        .expect('C')
                        .ready('I'));
    }

    private void statementTimeout() throws IOException {
        note("runs into its statement_timeout");
        query("BEGIN", "BEGIN", 'T');
        query("SET LOCAL statement_timeout = 20", "SET", 'T');
        RawPgClient client = wire();
        client.send(FrontendBytes.query("SELECT pg_sleep(20), '%s'".formatted(tag)));
        PgMessage message = read(client);
        if (message.type() == 'T') { // on a busy machine the server does not come so far
            message = read(client);
        }
        if (message.type() != 'E' || !message.sqlState().equals("57014")) {
            throw new AssertionError("a statement_timeout passed, but: " + message);
        }
        PgMessage ready = read(client);
        if (ready.type() != 'Z' || ready.transactionStatus() != 'E') {
            throw new AssertionError("a failed transaction, but: " + ready);
        }
        query("ROLLBACK", "ROLLBACK", 'I');
    }

    // ---- COPY

    private void copyIn() throws IOException {
        boolean extended = random.nextBoolean();
        int kind = random.nextInt(3);
        note("copies in, extended=%s kind=%d".formatted(extended, kind));
        String sql = "COPY public.chaos (tag) FROM STDIN";
        Script begin = new Script();
        if (extended) {
            // The Sync is what libpq sends ahead; the server ignores it.
            begin.send(
                            FrontendBytes.parse("", sql),
                            FrontendBytes.bind("", ""),
                            FrontendBytes.execute("", 0),
                            FrontendBytes.sync())
                    .expectAll("12G");
        } else {
            begin.send(FrontendBytes.query(sql)).expect('G');
        }
        must(begin);
        byte[] line = FrontendBytes.copyData((tag + "\n").getBytes(StandardCharsets.UTF_8));
        Script data = new Script().send(line, line, line);
        switch (kind) {
            case 0 -> {
                data.send(FrontendBytes.copyDone()).expect('C', "COPY 3");
                rows += 3;
            }
            case 1 -> data.send(FrontendBytes.copyFail("enough")).expect('E', "57014");
            default -> {
                byte[] bad =
                        FrontendBytes.copyData(
                                (tag + "\ttoo many\n").getBytes(StandardCharsets.UTF_8));
                data.send(bad, line, line, FrontendBytes.copyDone()).expect('E', "22P04");
            }
        }
        if (extended) {
            data.send(FrontendBytes.sync());
        }
        data.ready('I');
        if (random.nextBoolean()) {
            String value = next();
            data.send(FrontendBytes.query("SELECT '%s'".formatted(value)))
                    .expect('T')
                    .expect('D', value)
                    .expect('C')
                    .ready('I');
        }
        must(data);
        checkRows();
    }

    private void copyOut() throws IOException {
        int lines = random.nextInt(200);
        String value = next();
        note("copies out " + lines);
        Script script =
                new Script()
                        .send(
                                FrontendBytes.query(
                                        "COPY (SELECT '%s' FROM generate_series(1, %d)) TO STDOUT"
                                                .formatted(value, lines)))
                        .expect('H');
        for (int i = 0; i < lines; i++) {
            script.expect('d', value + "\n");
        }
        must(script.expect('c').expect('C', "COPY " + lines).ready('I'));
    }

    // ---- cancels

    private void cancelRunning() throws IOException {
        note("cancels what runs");
        String value = next();
        RawPgClient client = wire();
        client.send(FrontendBytes.query("SELECT '%s', pg_sleep(0.3)".formatted(value)));
        client.cancel();
        cancelled(client.readUntilReady(), value);
        must(selecting('I'));
    }

    /** A cancel that comes whenever it comes, and those that must not do anything. */
    private void cancelAnywhere() throws IOException {
        RawPgClient client = wire();
        RawPgClient.CancelKey key = client.cancelKey();
        if (random.nextBoolean()) {
            note("cancels late");
            client.cancel();
            must(selecting('I'));
            return;
        }
        note("cancels with a wrong key");
        RawPgClient.CancelKey other = run.keys().getOrDefault(random.nextInt(64), key);
        byte[] secret = other.secret().clone();
        secret[random.nextInt(secret.length)] ^= 0x10;
        try (RawPgClient canceller = run.proxy().connect()) {
            canceller.send(FrontendBytes.cancelRequest(other.pid(), secret));
            if (!canceller.atEnd()) {
                throw new AssertionError("a cancel request was answered");
            }
        }
        must(selecting('I'));
    }

    private void cancelled(List<PgMessage> answer, String value) throws IOException {
        for (PgMessage message : answer) {
            if (message.type() == 'D' && !value.equals(message.values().getFirst())) {
                throw new AssertionError("somebody else's row: " + message);
            }
            if (message.type() == 'E' && !message.sqlState().equals("57014")) {
                if (isLoss(message)) {
                    throw new Lost(message.toString());
                }
                throw new AssertionError("cancelled, but: " + message);
            }
        }
    }

    // ---- what pins

    private void pinned() throws IOException {
        note("is pinned");
        query("CREATE TEMP TABLE mine AS SELECT '%s' AS tag".formatted(tag), "SELECT 1", 'I');
        must(
                new Script()
                        .send(
                                FrontendBytes.query(
                                        "SELECT pg_advisory_lock(%d)::text".formatted(lockKey())))
                        .expectAll("TDC")
                        .ready('I'));
        must(
                new Script()
                        .send(FrontendBytes.query("SELECT tag FROM mine"))
                        .expect('T')
                        .expect('D', tag)
                        .expect('C')
                        .ready('I'));
        if (random.nextInt(3) == 0) {
            note("vanishes pinned");
            drop(random.nextBoolean());
        } else {
            discardAll();
        }
    }

    private long lockKey() {
        return ((long) number << 32) | life;
    }

    private void callFunction() throws IOException {
        note("calls a function");
        String value = next();
        must(
                new Script()
                        .send(FrontendBytes.functionCall(run.reverse(), List.of(value)))
                        .expect('V', new StringBuilder(value).reverse().toString())
                        .ready('I'));
    }

    // ---- going without a word

    private void vanish() throws IOException {
        String lost = tag + "-lost";
        byte[] bind = FrontendBytes.bind("", "s0", "half");
        byte[] half = java.util.Arrays.copyOf(bind, random.nextInt(1, bind.length));
        String insert = "INSERT INTO public.chaos VALUES ('%s')".formatted(lost);
        int kind = random.nextInt(9);
        note("vanishes, kind " + kind);
        RawPgClient client = wire();
        switch (kind) {
            case 0 -> {}
            case 1 -> client.send(half);
            case 2 -> client.send(FrontendBytes.query("SELECT '%s', pg_sleep(5)".formatted(lost)));
            case 3 -> client.send(FrontendBytes.query("BEGIN"), FrontendBytes.query(insert), half);
            case 4 ->
                    client.send(
                            FrontendBytes.query("COPY public.chaos (tag) FROM STDIN"),
                            FrontendBytes.copyData((lost + "\n").getBytes(StandardCharsets.UTF_8)));
            case 5 ->
                    client.send(
                            FrontendBytes.query(
                                    "SELECT repeat('%s', 1000) FROM generate_series(1, 2000)"
                                            .formatted(lost)));
            case 6 ->
                    client.send(
                            FrontendBytes.parse("s9", "SELECT 1"),
                            FrontendBytes.parse("", insert),
                            FrontendBytes.bind("", ""),
                            FrontendBytes.execute("", 0),
                            FrontendBytes.flush());
            case 7 ->
                    client.send(
                            FrontendBytes.query("BEGIN"),
                            FrontendBytes.query("COPY public.chaos (tag) FROM STDIN"),
                            java.util.Arrays.copyOf(
                                    FrontendBytes.copyData(new byte[50_000]), 20_000));
            default ->
                    client.send(
                            java.util.Arrays.copyOf(
                                    FrontendBytes.query(
                                            "SELECT '%s'".formatted("x".repeat(60_000))),
                                    40_000));
        }
        if (random.nextBoolean() && kind >= 3 && kind <= 7) {
            client.read();
        }
        drop(random.nextBoolean());
    }

    // ---- the wire

    /**
     * Sends, and reads the answers.
     *
     * @return false if the server was lost, the outcome is unknown, and the client was told so
     */
    private boolean exchange(Script script) throws IOException {
        RawPgClient client = wire();
        byte[] bytes = script.bytes();
        if (random.nextInt(20) == 0 && bytes.length < 400) {
            client.sendInFragments(random.nextInt(1, 8), bytes);
        } else {
            client.send(bytes);
        }
        int readies = 0;
        for (Script.Answer answer : script.answers()) {
            PgMessage message = read(client);
            if (!answer.fits(message)) {
                if (!isLoss(message)) {
                    throw new AssertionError(
                            "expected %s of %s, got %s"
                                    .formatted(answer, script.answers(), message));
                }
                int due = (int) script.answers().stream().filter(a -> a.type() == 'Z').count();
                while (readies < due) {
                    if (read(client).type() == 'Z') {
                        readies++;
                    }
                }
                return false;
            }
            if (message.type() == 'Z') {
                readies++;
            }
        }
        return true;
    }

    private PgMessage read(RawPgClient client) throws IOException {
        while (true) {
            PgMessage message = client.read();
            switch (message.type()) {
                case 'N' -> {}
                case 'S' -> {
                    if (!isMine(message.payloadText())) {
                        throw new AssertionError("somebody else's setting: " + message);
                    }
                }
                default -> {
                    if (message.type() == 'E' && "FATAL".equals(message.field('V'))) {
                        throw new Lost(message.toString());
                    }
                    return message;
                }
            }
        }
    }

    private boolean isMine(String parameter) {
        String[] parts = parameter.split("\0", -1);
        return switch (parts[0]) {
            case "application_name" ->
                    parts[1].startsWith(tag) || parts[1].equals(run.defaultOf("application_name"));
            case "search_path" ->
                    parts[1].equals(schema()) || parts[1].equals(run.defaultOf("search_path"));
            default -> true;
        };
    }

    private static boolean isLoss(PgMessage message) {
        return message.type() == 'E' && message.sqlState().equals("58000");
    }
}
