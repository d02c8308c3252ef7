package io.sluice.resp.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.CommandTable;
import io.sluice.resp.command.Placement;
import io.sluice.testbed.RedisBytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What is said to both servers: calls of every command that Sluice knows. */
final class Corpus {
    /** A library of functions for servers that have them. */
    static final String LIBRARY =
            "#!lua name=lib\nredis.register_function{function_name='f', flags={'no-writes'},"
                    + " callback=function(keys, args) return {keys[1], args[1]} end}";

    private static final int VARIATIONS = 3;

    /** Variations of these could reach clients other than those of the test. */
    private static final Set<String> NOT_VARIED = Set.of("CLIENT KILL", "CLIENT UNBLOCK");

    private static final byte[] LARGE = RedisBytes.bytes("x".repeat(70 << 10));

    private final SplittableRandom random;
    private final Variations variations;
    private final List<Call> data;
    private final Map<String, CommandSpec> table = new TreeMap<>();
    private final Map<String, List<Call>> calls = new TreeMap<>();
    private final List<Call> mixable = new ArrayList<>();

    /**
     * @param dump what DUMP says of a list
     */
    Corpus(Known known, SplittableRandom random, byte[] dump) {
        this.random = random;
        Map<String, byte[]> values =
                Map.of("@70k", LARGE, "@dump", dump, "@library", RedisBytes.bytes(LIBRARY));
        data = Call.read("transparency-data.txt", values);
        Set<String> keys =
                data.stream()
                        .map(call -> new String(call.words().get(1), ISO_8859_1))
                        .collect(Collectors.toCollection(TreeSet::new));
        keys.addAll(List.of("missing", ""));
        variations = new Variations(random, keys, LARGE);
        for (CommandSpec spec : CommandTable.shipped().commands()) {
            table.put(spec.name().toUpperCase(Locale.ROOT), spec);
        }
        for (Call call : Call.read("transparency-calls.txt", values)) {
            String name = name(call);
            calls.computeIfAbsent(name, _ -> new ArrayList<>()).add(call);
            if (isMixable(call, name, known)) {
                mixable.add(call);
            }
        }
    }

    private boolean isMixable(Call call, String name, Known known) {
        CommandSpec spec = table.get(name);
        return !call.alone()
                && !known.isRefused(name)
                && spec != null
                && switch (spec.placement()) {
                    case SHARED, BLOCKING, BLOCKING_BY_ARGUMENT -> true;
                    case LOCAL -> name.equals("PING") || name.equals("ECHO");
                    case TRANSACTION, SUBSCRIPTION, WAITING, STATEFUL, REFUSED, UNCLASSIFIED ->
                            false;
                };
    }

    /** The name of a call's command, as the table has it. */
    String name(Call call) {
        return call.name(table.keySet());
    }

    /** What both servers hold at first is made by these. */
    List<Call> data() {
        return data;
    }

    /** All commands that Sluice knows, and some that nobody does. */
    Set<String> names() {
        var names = new TreeSet<>(table.keySet());
        names.addAll(calls.keySet());
        return names;
    }

    /** Calls of a command, at least one. */
    List<Call> calls(String name) {
        return calls.getOrDefault(name, anyCalls(name));
    }

    /** For commands without calls of their own: one of them has the right number of arguments. */
    private static List<Call> anyCalls(String name) {
        String[] first = name.split(" ");
        var calls = new ArrayList<Call>();
        for (int more = 0; more < 6; more++) {
            String[] words = Arrays.copyOf(first, first.length + more);
            Arrays.fill(words, first.length, words.length, "1");
            calls.add(Call.of(words));
        }
        return calls;
    }

    /** Calls made of those given, which are mostly wrong. */
    List<Call> varied(String name, List<Call> given) {
        CommandSpec spec = table.get(name);
        boolean mild = (spec != null && spec.blocking() != null) || given.getFirst().alone();
        var varied = new ArrayList<Call>();
        for (Call call : given) {
            for (int i = 0; i < VARIATIONS && !NOT_VARIED.contains(name); i++) {
                varied.add(mild || call.alone() ? variations.mild(call) : variations.any(call));
            }
        }
        return varied;
    }

    /** Whether Sluice sends the command to no server, or to one that is the client's for it. */
    boolean isAnsweredElsewhere(String name) {
        CommandSpec spec = table.get(name);
        return spec != null
                && switch (spec.placement()) {
                    case LOCAL, SUBSCRIPTION, STATEFUL, WAITING -> true;
                    case SHARED,
                            BLOCKING,
                            BLOCKING_BY_ARGUMENT,
                            TRANSACTION,
                            REFUSED,
                            UNCLASSIFIED ->
                            false;
                };
    }

    /** A transaction from MULTI on. */
    List<Call> block(String end) {
        var block = new ArrayList<Call>();
        block.add(Call.of("MULTI"));
        block.addAll(some(1 + random.nextInt(6)));
        if (end.equals("EXEC") && random.nextInt(10) == 0) {
            block.add(Call.of(end, "more"));
        }
        block.add(Call.of(end));
        return block;
    }

    /** Any calls that go with others on a connection. */
    List<Call> some(int count) {
        var some = new ArrayList<Call>();
        for (int i = 0; i < count; i++) {
            Call call = mixable.get(random.nextInt(mixable.size()));
            CommandSpec spec = table.get(name(call));
            boolean mild = spec == null || spec.placement() != Placement.SHARED;
            some.add(
                    random.nextInt(3) > 0
                            ? call
                            : mild ? variations.mild(call) : variations.any(call));
        }
        return some;
    }
}
