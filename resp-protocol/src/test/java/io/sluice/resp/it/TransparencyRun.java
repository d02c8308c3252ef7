package io.sluice.resp.it;

import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.RespValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Says the same to a Redis and, through Sluice, to another one, and compares the replies. What is
 * said comes from a seed.
 */
final class TransparencyRun {
    private static final int MIXES = 60;
    private static final int ENOUGH = 15;

    /** Inside MULTI Redis 6.2 queues these words; Sluice ends the connection, as 7.0 does. */
    private static final Set<String> HTTP = Set.of("HOST:", "POST");

    private final RedisBackend direct;
    private final RedisBackend behind;
    private final TestProxy proxy;
    private final boolean resp3;
    private final SplittableRandom random;
    private final Known known;
    private final Corpus corpus;

    /** Commands that were answered by Redis as ones that it has. */
    private final Set<String> present = new TreeSet<>();

    /** Commands that were answered otherwise, behind how that is. */
    private final Set<String> different = new TreeSet<>();

    /** Commands that Redis has done at least once. */
    private final Set<String> done = new TreeSet<>();

    private final List<String> faults = new ArrayList<>();

    /** Thrown where a conversation cannot go on. */
    private static final class Departed extends Exception {
        private static final long serialVersionUID = 1;
    }

    TransparencyRun(
            RedisBackend direct,
            RedisBackend behind,
            TestProxy proxy,
            List<Difference> differences,
            boolean resp3,
            long seed) {
        this.direct = direct;
        this.behind = behind;
        this.proxy = proxy;
        this.resp3 = resp3;
        this.random = new SplittableRandom(seed);
        this.known = new Known(differences, direct.version());
        this.corpus = new Corpus(known, random, dumped(direct));
    }

    private static byte[] dumped(RedisBackend server) {
        server.flush();
        server.ask("RPUSH", "list", "a", "b");
        return server.ask("DUMP", "list").bytes();
    }

    Set<String> present() {
        return present;
    }

    Set<String> done() {
        return done;
    }

    Set<String> different() {
        return different;
    }

    List<String> faults() {
        return faults;
    }

    // ---- what is said

    void run() throws IOException {
        for (String name : corpus.names()) {
            List<Call> calls = corpus.calls(name);
            if (known.isRefused(name)) {
                refusals(name, calls);
            } else {
                converse(name, talk -> alone(talk, name, calls));
                if (corpus.isAnsweredElsewhere(name) && !HTTP.contains(name)) {
                    converse(name + " inside MULTI", talk -> insideMulti(talk, calls));
                }
            }
            if (faults.size() >= ENOUGH) {
                return;
            }
        }
        converse("CLIENT REPLY", this::silence);
        for (int i = 0; i < MIXES && faults.size() < ENOUGH; i++) {
            converse("mix " + i, true, this::mix);
        }
    }

    /** Redis is not asked, lest it does it. */
    private void refusals(String name, List<Call> refused) throws IOException {
        try (Side proxied = new Side(() -> proxy.login("acme"), resp3)) {
            for (Call call : refused) {
                List<byte[]> replies = proxied.askAll(List.of(call.bytes()));
                if (replies.isEmpty() || Side.isOver(replies.getFirst())) {
                    fault(name, call, "not sent", shown(replies));
                    continue;
                }
                RespValue reply = RespValue.of(replies.getFirst());
                present.add(name);
                if (reply.isError() && reply.text().startsWith("NOPERM sluice: " + name + " ")) {
                    different.add(Difference.How.REFUSED + " " + name);
                } else if (!reply.isError()) {
                    fault(name, call, "not sent", reply.toString());
                }
            }
        }
    }

    private void alone(Talk talk, String name, List<Call> given) throws IOException, Departed {
        for (Call call : given) {
            talk.one(call);
            if (call.alone()) {
                talk.renew();
            }
        }
        List<Call> varied = corpus.varied(name, given);
        for (int i = 0; i < varied.size(); i++) {
            int end = Math.min(varied.size(), i + 1 + random.nextInt(6));
            if (given.getFirst().alone()) {
                talk.one(varied.get(i));
                talk.renew();
            } else {
                talk.all(varied.subList(i, end));
                i = end - 1;
            }
        }
    }

    private static void insideMulti(Talk talk, List<Call> given) throws IOException, Departed {
        for (Call call : given) {
            List<Call> block = List.of(Call.of("MULTI"), call, Call.of("EXEC"));
            for (Call each : block) {
                talk.each(List.of(each));
            }
            talk.renew();
            talk.each(block);
            talk.renew();
        }
    }

    private void silence(Talk talk) throws IOException, Departed {
        talk.all(
                List.of(
                        Call.of("SET", "string", "1"),
                        Call.of("CLIENT", "REPLY", "OFF"),
                        Call.of("GET", "string"),
                        Call.of("INCR", "string"),
                        Call.of("NOSUCH"),
                        Call.of("PING"),
                        Call.of("CLIENT", "REPLY", "ON"),
                        Call.of("GET", "string"),
                        Call.of("CLIENT", "REPLY", "SKIP"),
                        Call.of("GET", "string"),
                        Call.of("GET", "string"),
                        Call.of("CLIENT", "REPLY", "SKIP"),
                        Call.of("PING"),
                        Call.of("MULTI"),
                        Call.of("INCR", "string"),
                        Call.of("EXEC")));
    }

    private void mix(Talk talk) throws IOException, Departed {
        int pieces = 1 + random.nextInt(6);
        for (int i = 0; i < pieces; i++) {
            switch (random.nextInt(6)) {
                case 0, 1 -> talk.all(corpus.some(1 + random.nextInt(20)));
                case 2 -> talk.all(corpus.block("EXEC"));
                case 3 -> {
                    var around = new ArrayList<>(corpus.some(random.nextInt(3)));
                    around.addAll(corpus.block(random.nextInt(4) == 0 ? "DISCARD" : "EXEC"));
                    around.addAll(corpus.some(random.nextInt(3)));
                    talk.all(around);
                }
                case 4 -> inPieces(talk);
                default -> {
                    talk.all(List.of(Call.of("WATCH", "string", "list")));
                    talk.all(corpus.some(random.nextInt(3)));
                    if (random.nextBoolean()) {
                        talk.bystander(corpus.some(3));
                    }
                    if (random.nextInt(4) == 0) {
                        talk.all(List.of(Call.of("UNWATCH")));
                    }
                    if (random.nextBoolean()) {
                        talk.all(corpus.block("EXEC"));
                    } else {
                        inPieces(talk);
                    }
                }
            }
        }
    }

    private void inPieces(Talk talk) throws IOException, Departed {
        List<Call> block = corpus.block(random.nextInt(5) == 0 ? "DISCARD" : "EXEC");
        int at = 0;
        while (at < block.size()) {
            int end = Math.min(block.size(), at + 1 + random.nextInt(3));
            talk.each(block.subList(at, end));
            at = end;
        }
        talk.all(List.of());
    }

    // ---- how it is compared

    private interface Subject {
        void talk(Talk talk) throws IOException, Departed;
    }

    /** Two clients side by side, the servers having the same data. */
    private void converse(String title, Subject subject) throws IOException {
        converse(title, false, subject);
    }

    private void converse(String title, boolean mixed, Subject subject) throws IOException {
        prepare(direct);
        prepare(behind);
        try (Talk talk = new Talk(title, mixed)) {
            subject.talk(talk);
        } catch (Departed _) {
            // noted as a fault, or as it may be
        } catch (IOException e) {
            fault(title, "what cannot be read", "", e.toString());
        }
    }

    private void prepare(RedisBackend server) throws IOException {
        try (RawRespClient admin = server.admin()) {
            var sent = new ArrayList<byte[]>();
            sent.add(RedisBytes.command("FLUSHALL"));
            sent.add(RedisBytes.command("SCRIPT", "FLUSH"));
            sent.add(RedisBytes.command("SLOWLOG", "RESET"));
            if (server.version().isAtLeast(7, 0)) {
                sent.add(RedisBytes.command("FUNCTION", "FLUSH"));
                sent.add(RedisBytes.command("FUNCTION", "LOAD", Corpus.LIBRARY));
            }
            corpus.data().forEach(call -> sent.add(call.bytes()));
            admin.send(sent.toArray(byte[][]::new));
            for (RespValue reply : admin.read(sent.size())) {
                if (reply.isError()) {
                    throw new IOException(reply.text());
                }
            }
        }
    }

    private final class Talk implements AutoCloseable {
        private final String title;
        private final boolean mixed;
        private final Side asIs = new Side(direct::admin, resp3);
        private final Side proxied = new Side(() -> proxy.login("acme"), resp3);
        private final List<Call> queued = new ArrayList<>();
        private boolean multi;
        private boolean apart;

        Talk(String title, boolean mixed) {
            this.title = title;
            this.mixed = mixed;
        }

        /** Sends all at once, and reads what comes. */
        void all(List<Call> asked) throws IOException, Departed {
            List<byte[]> bytes = asked.stream().map(Call::bytes).toList();
            compare(asked, asIs.askAll(bytes), proxied.askAll(bytes));
        }

        /** Sends one, and reads what comes, be it several replies or none. */
        void one(Call asked) throws IOException, Departed {
            if (asked.word(0).equals("RESET") || asked.word(0).equals("MULTI")) {
                each(List.of(asked)); // behind it a PING is not answered as else
            } else {
                all(List.of(asked));
            }
        }

        /** Sends all at once, and reads a reply for each. */
        void each(List<Call> asked) throws IOException, Departed {
            List<byte[]> bytes = asked.stream().map(Call::bytes).toList();
            compare(asked, asIs.askEach(bytes), proxied.askEach(bytes));
        }

        /** Another client. */
        void bystander(List<Call> asked) throws IOException, Departed {
            try (Talk other = new Talk(title + ", bystander", mixed)) {
                other.all(asked);
            }
        }

        void renew() throws IOException {
            asIs.renew();
            proxied.renew();
            multi = false;
            queued.clear();
        }

        private void compare(List<Call> asked, List<byte[]> expected, List<byte[]> replies)
                throws Departed {
            boolean aligned = asked.size() == expected.size();
            if (expected.size() != replies.size()) {
                depart(asked.toString(), shown(expected), shown(replies));
            }
            for (int i = 0; i < expected.size(); i++) {
                Call call = aligned ? asked.get(i) : asked.size() == 1 ? asked.getFirst() : null;
                compare(asked, call, expected.get(i), replies.get(i));
            }
        }

        private void compare(List<Call> asked, @Nullable Call call, byte[] expected, byte[] reply)
                throws Departed {
            String word = call == null ? "" : call.word(0);
            boolean same = Arrays.equals(expected, reply);
            boolean closed = Side.isOver(expected) || Side.isOver(reply);
            if (call != null && !closed) {
                note(call, RespValue.of(expected));
            }
            if (!same) {
                boolean allowed =
                        call != null
                                && !closed
                                && (isAllowed(call, RespValue.of(expected), RespValue.of(reply))
                                        || (word.equals("EXEC") && isAllowedExec(expected, reply)));
                if (!allowed) {
                    depart(
                            (call == null || (asked.size() > 1 && multi))
                                    ? asked + (call == null ? "" : ": " + call)
                                    : call.toString(),
                            Call.shown(expected),
                            Call.shown(reply));
                }
            }
            if (apart && mixed) {
                throw new Departed(); // one server has done what the other has not
            }
            if (word.equals("MULTI")) {
                multi = true;
                queued.clear();
            } else if (word.equals("EXEC") || word.equals("DISCARD") || word.equals("RESET")) {
                multi = false;
            } else if (call != null && !closed && Difference.isQueued(RespValue.of(expected))) {
                queued.add(call);
            }
        }

        private void note(Call call, RespValue expected) {
            if (Difference.isQueued(expected)) {
                return; // so may be what does not exist
            }
            if (!Difference.isUnknown(expected)) {
                present.add(corpus.name(call));
            }
            if (!expected.isError()) {
                done.add(corpus.name(call));
            }
        }

        private boolean isAllowed(Call call, RespValue expected, RespValue reply) {
            String name = corpus.name(call);
            Difference.How how = known.how(name, multi, expected, reply);
            if (how == null) {
                return false;
            }
            different.add(how + " " + name);
            apart |= how == Difference.How.REFUSED_IN_PART && !expected.isError();
            return true;
        }

        /** Each element belongs to what was queued. */
        private boolean isAllowedExec(byte[] expected, byte[] reply) {
            RespValue one = RespValue.of(expected);
            RespValue other = RespValue.of(reply);
            if (other.isError()
                    && queued.stream().anyMatch(call -> known.mayAbort(corpus.name(call)))) {
                apart = true;
                return true;
            }
            if (one.type() != '*'
                    || other.type() != '*'
                    || one.isNull()
                    || other.isNull()
                    || one.elements().size() != queued.size()
                    || other.elements().size() != queued.size()) {
                return false;
            }
            multi = false; // each is as if outside
            for (int i = 0; i < queued.size(); i++) {
                RespValue mine = one.elements().get(i);
                RespValue its = other.elements().get(i);
                if (!mine.equals(its) && !isAllowed(queued.get(i), mine, its)) {
                    return false;
                }
            }
            return true;
        }

        private void depart(String asked, String expected, String reply) throws Departed {
            fault(title, asked, expected, reply);
            throw new Departed();
        }

        @Override
        public void close() throws IOException {
            asIs.close();
            proxied.close();
        }
    }

    private static String shown(List<byte[]> replies) {
        return replies.stream().map(Call::shown).collect(Collectors.joining(" "));
    }

    private void fault(String title, Object asked, String expected, String reply) {
        faults.add(
                "%s, RESP%d: %s\n      Redis:  %s\n      Sluice: %s"
                        .formatted(title, resp3 ? 3 : 2, asked, expected, reply));
    }
}
