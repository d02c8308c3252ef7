package io.sluice.pg.it;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One connection of a client of the chaos. Whatever comes and has another's tag in it is a failure,
 * also where nothing else of the answer is looked at.
 */
final class ChaosWire {
    private static final Pattern TAG = Pattern.compile("(?:acme|globex)-\\d+-\\d+");

    /** What the timeouts of hasty clients end connections by. */
    private static final Set<String> ENDS = Set.of("53300", "25P03", "25P04");

    private final ChaosRun run;
    private final ChaosKind kind;
    private final ChaosKnowledge knowledge;
    private final RawPgClient client;
    private final SplittableRandom random;

    /** The server, or the connection, and what was asked of it, is lost. */
    static final class Lost extends IOException {
        private static final long serialVersionUID = 1;

        Lost(String why) {
            super(why);
        }
    }

    /** What became of what was asked for. */
    private enum Outcome {
        DONE,
        /** Nothing of it was done, for sure, and the client can go on. */
        NOT_DONE,
        /** The client was told an error, and cannot know how far it came. */
        UNKNOWN
    }

    ChaosWire(
            ChaosRun run,
            ChaosKind kind,
            ChaosKnowledge knowledge,
            RawPgClient client,
            SplittableRandom random) {
        this.run = run;
        this.kind = kind;
        this.knowledge = knowledge;
        this.client = client;
        this.random = random;
    }

    RawPgClient client() {
        return client;
    }

    void send(byte[]... messages) throws IOException {
        client.send(messages);
    }

    ChaosKnowledge knowledge() {
        return knowledge;
    }

    ChaosKind kind() {
        return kind;
    }

    // ---- scripts

    /** Asks for all at once; each is done, or the client is told that it is not, and stays. */
    void each(List<Script> independent) throws IOException {
        ask(independent);
        for (Script script : independent) {
            answered(script);
        }
    }

    /** Asks for something after which the client goes on only if it was done. */
    void must(Script script) throws IOException {
        ask(List.of(script));
        if (answered(script) != Outcome.DONE) {
            throw new Lost("outcome unknown");
        }
    }

    /** Asks for something that the client can do without; says whether it was done. */
    boolean tries(Script script) throws IOException {
        ask(List.of(script));
        return switch (answered(script)) {
            case DONE -> true;
            case NOT_DONE -> false;
            case UNKNOWN -> throw new Lost("outcome unknown");
        };
    }

    /** Sends what several scripts ask for, all at once and perhaps in small pieces. */
    private void ask(List<Script> scripts) throws IOException {
        byte[] bytes =
                FrontendBytes.all(scripts.stream().map(Script::bytes).toArray(byte[][]::new));
        if (random.nextInt(20) == 0 && bytes.length < 400) {
            client.sendInFragments(random.nextInt(1, 8), bytes);
        } else {
            client.send(bytes);
        }
    }

    /** Reads the answers to a script that was asked, and to no more than that. */
    private Outcome answered(Script script) throws IOException {
        int readies = 0;
        for (Script.Answer answer : script.answers()) {
            PgMessage message = read();
            if (!answer.fits(message)) {
                return cutShort(script, answer, message, readies);
            }
            if (message.type() == 'Z') {
                readies++;
            }
        }
        return Outcome.DONE;
    }

    private Outcome cutShort(Script script, Script.Answer expected, PgMessage error, int readies)
            throws IOException {
        boolean limit = isLimit(error);
        if (!limit && !(isLoss(error) && run.mayLose())) {
            throw new AssertionError(
                    "expected %s of %s, got %s".formatted(expected, script.answers(), error));
        }
        // Also a lost server may have been one that was cancelled, and then it is not known.
        boolean undone =
                error.sqlState().equals("53000")
                        || (limit && (error.sqlState().equals("53300") || !run.mayLose()));
        long due = script.answers().stream().filter(a -> a.type() == 'Z').count();
        char status = 0;
        for (int left = Math.toIntExact(due) - readies; left > 0; ) {
            PgMessage message = read();
            if (message.type() == 'Z') {
                status = message.transactionStatus();
                left--;
            }
        }
        return undone && due == 1 && status == 'I' ? Outcome.NOT_DONE : Outcome.UNKNOWN;
    }

    // ---- messages

    /**
     * The next message that belongs to an answer.
     *
     * @throws Lost if it is the connection's last
     */
    PgMessage read() throws IOException {
        while (true) {
            PgMessage message = client.read();
            requireOwn(message);
            switch (message.type()) {
                case 'N', 'S' -> {}
                case 'E' -> {
                    run.saw(ChaosEvent.of(message));
                    if ("FATAL".equals(message.field('V'))) {
                        throw ended(message);
                    }
                    return message;
                }
                default -> {
                    return message;
                }
            }
        }
    }

    /** The connection's end, which must have a reason. */
    Lost ended(PgMessage error) {
        if (kind == ChaosKind.HASTY && !run.mayLose() && !ENDS.contains(error.sqlState())) {
            throw new AssertionError("ended for no reason: " + error);
        }
        return new Lost(error.toString());
    }

    private void requireOwn(PgMessage message) {
        String text = message.payloadText();
        Matcher tags = TAG.matcher(text);
        while (tags.find()) {
            if (!tags.group().equals(knowledge.tag())) {
                throw new AssertionError("somebody else's: " + message);
            }
        }
        if (message.type() == 'S') {
            String[] parts = text.split("\0", -1);
            if (!knowledge.mayBeMine(parts[0], parts[1])) {
                throw new AssertionError("somebody else's setting: " + message);
            }
        }
    }

    /**
     * Whether a server was lost: one that was asked, or the last one that could be, in its login.
     */
    static boolean isLoss(PgMessage message) {
        return message.type() == 'E'
                && (message.sqlState().equals("58000") || message.sqlState().equals("53000"));
    }

    /** Whether one of the timeouts that Sluice has for this kind of client is told. */
    boolean isLimit(PgMessage message) {
        return kind == ChaosKind.HASTY
                && message.type() == 'E'
                && (message.sqlState().equals("57014") || message.sqlState().equals("53300"));
    }

    /** Breaks the connection, or just closes it; without a word in either case. */
    void drop(boolean hard) throws IOException {
        if (hard) {
            client.abort();
        } else {
            client.close();
        }
    }
}
