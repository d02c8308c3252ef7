package io.sluice.resp.it;

import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.RespValue;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A client that does what clients do, in any order, on keys of its own only: whatever it is
 * answered has its tag, or is an error of those that may come. It goes away at any time, and comes
 * again. What hangs runs into the timeout of its socket.
 */
final class ChaosClient implements Runnable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Longer commands are passed on as they come. */
    private static final int LONG = 64 * 1024;

    private final TestProxy proxy;
    private final String tag;
    private final String tenant;
    private final SplittableRandom random;
    private final long end;
    private long answers;
    private long values;
    private int serial;

    ChaosClient(TestProxy proxy, int number, SplittableRandom random, long end) {
        this.proxy = proxy;
        this.tag = "<%d>".formatted(number);
        this.tenant = number % 2 == 0 ? "acme" : "globex";
        this.random = random;
        this.end = end;
    }

    long answers() {
        return answers;
    }

    /** Answers that had something to tell by whose they are. */
    long values() {
        return values;
    }

    /** What is expected of the answer to one command. */
    private enum Kind {
        /** +OK, or +QUEUED, and the like. */
        STATUS,
        NUMBER,
        /** A value of its own, or none. */
        VALUE,
        /** Just this text. */
        ECHO,
        /** Values of its own. */
        VALUES,
        /** What a transaction has brought; or none, or an error that says it was not done. */
        EXEC
    }

    private record Asked(Kind kind, String text, byte[] bytes) {}

    @Override
    public void run() {
        try {
            while (System.nanoTime() - end < 0) {
                connect();
            }
        } catch (IOException e) {
            throw new AssertionError(tag, e);
        }
    }

    private void connect() throws IOException {
        try (RawRespClient client = proxy.login(tenant).timeout(PATIENCE)) {
            if (random.nextBoolean() && !speaksResp3(client)) {
                return;
            }
            longLost = false;
            int turns = random.nextInt(1, 40);
            for (int i = 0; i < turns && System.nanoTime() - end < 0; i++) {
                if (!turn(client)) {
                    client.abort();
                    return;
                }
            }
        } catch (EOFException | SocketException e) {
            // It was given part of an answer that was lost: nothing else may close it.
            if (!lostInside) {
                throw new AssertionError(tag + " was closed", e);
            }
        }
    }

    /**
     * Of a big answer a part may be there when its server is lost, or a server of a long command.
     */
    private boolean lostInside;

    /** The server of a long command was lost: it is closed as soon as all ahead is answered. */
    private boolean longLost;

    /** Whether it does now: it may be that no server was to be had to say what it has. */
    private static boolean speaksResp3(RawRespClient client) throws IOException {
        RespValue answer = client.call("HELLO", "3");
        if (answer.isError() && !answer.text().startsWith("TRYAGAIN sluice: ")) {
            throw new AssertionError(answer);
        }
        return !answer.isError();
    }

    /** Asks and reads; false if the client goes in the middle of it. */
    private boolean turn(RawRespClient client) throws IOException {
        List<Asked> asked = new ArrayList<>();
        int count = random.nextInt(5) == 0 ? random.nextInt(1, 60) : random.nextInt(1, 4);
        while (asked.size() < count) {
            add(asked);
        }
        lostInside =
                longLost
                        || asked.stream()
                                .anyMatch(each ->
                                        each.bytes.length > LONG
                                                || each.kind == Kind.VALUE
                                                || each.kind == Kind.VALUES
                                                || each.kind == Kind.EXEC);
        byte[] bytes = RedisBytes.all(asked.stream().map(Asked::bytes).toArray(byte[][]::new));
        if (random.nextInt(4) == 0) {
            client.sendInFragments(Math.max(20, bytes.length / random.nextInt(1, 20)), bytes);
        } else {
            client.send(bytes);
        }
        int goesAt = random.nextInt(30) == 0 ? random.nextInt(asked.size() + 1) : -1;
        for (int i = 0; i < asked.size(); i++) {
            if (i == goesAt) {
                return false;
            }
            check(asked.get(i), client.read());
            answers++;
        }
        return true;
    }

    private String key() {
        return tag + random.nextInt(4);
    }

    private String value() {
        int length =
                switch (random.nextInt(60)) {
                    case 0 -> 70_000;
                    case 1 -> 300_000;
                    case 2, 3, 4 -> 20_000;
                    default -> random.nextInt(100);
                };
        return tag + ++serial + "x".repeat(length);
    }

    private void ask(List<Asked> all, Kind kind, String... words) {
        all.add(new Asked(kind, words[words.length - 1], RedisBytes.command(words)));
    }

    private void add(List<Asked> all) {
        switch (random.nextInt(16)) {
            case 0, 1, 2 -> ask(all, Kind.STATUS, "SET", key(), value());
            case 3, 4, 5, 6 -> ask(all, Kind.VALUE, "GET", key());
            case 7 -> ask(all, Kind.ECHO, "ECHO", tag + ++serial);
            case 8 -> ask(all, Kind.NUMBER, "RPUSH", tag + "list", value());
            case 9 -> ask(all, Kind.VALUES, "BLPOP", tag + "list", "0.05");
            case 10 -> ask(all, Kind.VALUES, "MGET", key(), key());
            case 11 -> ask(all, Kind.VALUES, "LRANGE", tag + "list", "0", "2");
            case 12 -> {
                ask(all, Kind.STATUS, "MULTI");
                ask(all, Kind.STATUS, "SET", key(), value());
                ask(all, Kind.STATUS, "GET", key());
                ask(all, Kind.EXEC, "EXEC");
            }
            case 13 -> {
                ask(all, Kind.STATUS, "WATCH", key());
                ask(all, Kind.VALUE, "GET", key());
                ask(all, Kind.STATUS, "MULTI");
                ask(all, Kind.STATUS, "GET", key());
                boolean done = random.nextBoolean();
                ask(all, done ? Kind.EXEC : Kind.STATUS, done ? "EXEC" : "DISCARD");
            }
            case 14 -> ask(all, Kind.NUMBER, "DEL", key());
            default -> ask(all, Kind.ECHO, "PING", tag + ++serial);
        }
    }

    // ---- checking

    private void check(Asked asked, RespValue answer) {
        if (answer.isError() && asked.kind != Kind.ECHO) {
            checkError(asked, answer);
            return;
        }
        switch (asked.kind) {
            case STATUS -> require(asked, answer, answer.type() == '+');
            case NUMBER -> require(asked, answer, answer.type() == ':');
            case ECHO -> {
                require(asked, answer, answer.text().equals(asked.text));
                values++;
            }
            case VALUE -> checkValue(asked, answer);
            case VALUES -> checkValues(asked, answer);
            case EXEC -> {
                if (!answer.isNull()) {
                    for (RespValue each : answer.elements()) {
                        if (each.type() != '+') {
                            checkValue(asked, each);
                        }
                    }
                }
            }
        }
    }

    private void checkValue(Asked asked, RespValue answer) {
        if (!answer.isNull()) {
            require(asked, answer, answer.text().startsWith(tag));
            values++;
        }
    }

    private void checkValues(Asked asked, RespValue answer) {
        if (!answer.isNull()) {
            for (RespValue each : answer.elements()) {
                checkValue(asked, each);
            }
        }
    }

    private void checkError(Asked asked, RespValue answer) {
        longLost |= asked.bytes.length > LONG;
        String text = answer.text();
        require(
                asked,
                answer,
                text.startsWith("ERR sluice: timeout after")
                        || text.startsWith("ERR sluice: the server connection was lost")
                        || text.startsWith("TRYAGAIN sluice: ")
                        || text.startsWith("EXECABORT ")
                        || text.startsWith("ERR EXEC without MULTI")
                        || text.startsWith("ERR DISCARD without MULTI"));
    }

    private void require(Asked asked, RespValue answer, boolean fits) {
        if (!fits) {
            throw new AssertionError(
                    "%s asked %s and got %s"
                            .formatted(
                                    tag,
                                    shorten(
                                            new String(
                                                    asked.bytes,
                                                    java.nio.charset.StandardCharsets.UTF_8)),
                                    shorten(answer.toString())));
        }
    }

    private static String shorten(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
