package io.sluice.pg.it;

import io.sluice.pg.it.ChaosWire.Lost;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What is stopped before it ends of its own, on one connection of a client of the chaos: by its
 * client, by the server, by Sluice.
 */
final class ChaosLimits {
    private final ChaosRun run;
    private final ChaosWire wire;
    private final ChaosKnowledge knowledge;
    private final ChaosQueries queries;
    private final ChaosStory story;
    private final SplittableRandom random;

    ChaosLimits(
            ChaosRun run,
            ChaosWire wire,
            ChaosQueries queries,
            ChaosStory story,
            SplittableRandom random) {
        this.run = run;
        this.wire = wire;
        this.knowledge = wire.knowledge();
        this.queries = queries;
        this.story = story;
        this.random = random;
    }

    void statementTimeout() throws IOException {
        story.note("runs into its statement_timeout");
        wire.must(ChaosQueries.query("BEGIN", "BEGIN", 'T'));
        wire.must(ChaosQueries.query("SET LOCAL statement_timeout = 20", "SET", 'T'));
        wire.send(FrontendBytes.query("SELECT pg_sleep(20), '%s'".formatted(knowledge.tag())));
        PgMessage message = wire.read();
        if (message.type() == 'T') { // on a busy machine the server does not come so far
            message = wire.read();
        }
        if (message.type() != 'E' || !message.sqlState().equals("57014")) {
            throw new AssertionError("a statement_timeout passed, but: " + message);
        }
        PgMessage ready = wire.read();
        if (ready.type() != 'Z' || ready.transactionStatus() != 'E') {
            throw new AssertionError("a failed transaction, but: " + ready);
        }
        wire.must(ChaosQueries.query("ROLLBACK", "ROLLBACK", 'I'));
    }

    // ---- Sluice's own timeouts

    void takeTooLong() throws IOException {
        switch (random.nextInt(4)) {
            case 0 -> beSilentInside();
            case 1 -> stayInside();
            default -> sleep();
        }
    }

    /** Perhaps too long, perhaps just not; what comes behind it must not get its end. */
    private void sleep() throws IOException {
        String value = knowledge.next();
        int millis = random.nextInt(200, 800);
        story.note("sleeps for %d ms and selects".formatted(millis));
        String sql = "SELECT '%s', pg_sleep(%d / 1000.0)".formatted(value, millis);
        Script asleep = new Script();
        if (random.nextBoolean()) {
            asleep.send(FrontendBytes.query(sql)).expect('T');
        } else {
            asleep.send(
                            FrontendBytes.parse("", sql),
                            FrontendBytes.bind("", ""),
                            FrontendBytes.execute("", 0),
                            FrontendBytes.sync())
                    .expectAll("12");
        }
        asleep.expect('D', value).expect('C').ready('I');
        wire.each(List.of(asleep, queries.selecting('I'), queries.selecting('I')));
    }

    private void beSilentInside() throws IOException {
        story.note("is silent inside a transaction");
        wire.must(ChaosQueries.query("BEGIN", "BEGIN", 'T'));
        wire.must(
                ChaosQueries.query(
                        ChaosQueries.insert(knowledge.tag() + "-lost"), "INSERT 0 1", 'T'));
        PgMessage message = wire.read();
        throw new AssertionError("silent inside a transaction, but: " + message);
    }

    private void stayInside() throws IOException {
        story.note("stays inside a transaction");
        wire.must(ChaosQueries.query("BEGIN", "BEGIN", 'T'));
        wire.must(
                ChaosQueries.query(
                        ChaosQueries.insert(knowledge.tag() + "-lost"), "INSERT 0 1", 'T'));
        for (int i = 0; i < 200; i++) {
            wire.must(
                    new Script()
                            .send(
                                    FrontendBytes.query(
                                            "SELECT '%s', pg_sleep(0.05)"
                                                    .formatted(knowledge.tag())))
                            .expect('T')
                            .expect('D', knowledge.tag())
                            .expect('C')
                            .ready('T'));
        }
        throw new AssertionError("a transaction of 10 s went on");
    }

    // ---- cancels

    void cancelRunning() throws IOException {
        story.note("cancels what runs");
        String value = knowledge.next();
        wire.send(FrontendBytes.query("SELECT '%s', pg_sleep(0.3)".formatted(value)));
        wire.client().cancel();
        cancelled(value);
        queries.select();
    }

    /** A cancel that comes whenever it comes, and those that must not do anything. */
    void cancelAnywhere() throws IOException {
        RawPgClient client = wire.client();
        RawPgClient.CancelKey key = client.cancelKey();
        if (random.nextBoolean()) {
            story.note("cancels late");
            client.cancel();
            queries.select();
            return;
        }
        story.note("cancels with a wrong key");
        RawPgClient.CancelKey other = run.keys().getOrDefault(random.nextInt(64), key);
        byte[] secret = other.secret().clone();
        secret[random.nextInt(secret.length)] ^= 0x10;
        try (RawPgClient canceller = run.proxy().connect()) {
            canceller.send(FrontendBytes.cancelRequest(other.pid(), secret));
            if (!canceller.atEnd()) {
                throw new AssertionError("a cancel request was answered");
            }
        }
        queries.select();
    }

    /** Reads the answer of a query that was perhaps cancelled. */
    private void cancelled(String value) throws IOException {
        PgMessage loss = null;
        PgMessage message = wire.read();
        for (; message.type() != 'Z'; message = wire.read()) {
            switch (message.type()) {
                case 'D' -> {
                    if (!value.equals(message.values().getFirst())) {
                        throw new AssertionError("another row: " + message);
                    }
                }
                case 'E' -> {
                    if (ChaosWire.isLoss(message)) {
                        loss = message;
                    } else if (!message.sqlState().equals("57014") && !wire.isLimit(message)) {
                        throw new AssertionError("cancelled, but: " + message);
                    }
                }
                case 'T', 'C' -> {}
                default -> throw new AssertionError("cancelled, but: " + message);
            }
        }
        if (loss != null) {
            throw new Lost(loss.toString());
        }
    }
}
