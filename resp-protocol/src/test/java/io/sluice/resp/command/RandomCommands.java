package io.sluice.resp.command;

import io.sluice.resp.command.KeySpec.Counted;
import io.sluice.resp.command.KeySpec.Part;
import io.sluice.resp.command.KeySpec.Range;
import io.sluice.resp.command.KeySpec.Read;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes commands that a server can find keys in; no two of their words are the same by chance. */
final class RandomCommands {
    private static final List<String> ODD_COUNTS = List.of("x", "-1", "+1", "01", "", "99", "1 ");

    private final SplittableRandom random;
    private int words;

    RandomCommands(long seed) {
        random = new SplittableRandom(seed);
    }

    /**
     * A command with as many arguments as the server wants.
     *
     * @param arity as servers say it
     */
    List<String> command(CommandSpec spec, int arity) {
        var command = new ArrayList<>(List.of(spec.name().split(" ", -1)));
        if (!spec.keys().parts().isEmpty()
                && spec.keys().parts().getFirst() instanceof Read(var grammar)) {
            addTo(command, grammar);
            return command;
        }
        int count = arity > 0 ? arity : -arity + 2 * random.nextInt(4);
        while (command.size() < count) {
            command.add(word());
        }
        for (Part part : spec.keys().parts()) {
            if (part instanceof Counted counted) {
                command.set(counted.count(), count(counted, command.size()));
            } else if (part instanceof Range(var role, var first, var last, var step)
                    && step > 1
                    && (command.size() - first) % step != 0) {
                throw new AssertionError(spec + " with half a group: " + role + " " + last);
            }
        }
        return command;
    }

    private String count(Counted counted, int size) {
        int most = (size - counted.first()) / counted.step();
        boolean odd = most == 0 || random.nextInt(5) == 0;
        return odd
                ? ODD_COUNTS.get(random.nextInt(ODD_COUNTS.size()))
                : String.valueOf(1 + random.nextInt(most));
    }

    private void addTo(List<String> command, Grammar grammar) {
        switch (grammar) {
            case SORT -> {
                command.add(word());
                if (random.nextBoolean()) {
                    add(command, "BY", random.nextBoolean() ? "nosort" : "w_*");
                }
                if (random.nextBoolean()) {
                    add(command, "LIMIT", "0", "5");
                }
                if (random.nextBoolean()) {
                    add(command, "GET", "#", "get", "o_*->f", "ALPHA");
                }
                if (command.getFirst().equals("sort") && random.nextBoolean()) {
                    add(command, "store", word());
                }
            }
            case GEORADIUS -> {
                add(command, word(), "1", "2", "3", "km");
                addRadius(command);
            }
            case GEORADIUS_MEMBER -> {
                add(command, word(), word(), "3", "km");
                addRadius(command);
            }
            case STREAMS -> {
                if (command.getFirst().equals("xreadgroup")) {
                    add(command, "GROUP", keyword(), keyword());
                }
                if (random.nextBoolean()) {
                    add(command, "COUNT", "1");
                }
                if (random.nextBoolean()) {
                    add(command, "block", "10");
                }
                command.add("Streams");
                int keys = 1 + random.nextInt(3);
                for (int i = 0; i < keys; i++) {
                    command.add(word());
                }
                for (int i = 0; i < keys; i++) {
                    command.add("0");
                }
            }
            case COPY -> {
                add(command, word(), word());
                if (random.nextBoolean()) {
                    add(command, "DB", "1");
                }
                if (random.nextBoolean()) {
                    command.add("REPLACE");
                }
            }
            case MIGRATE -> {
                boolean many = random.nextBoolean();
                add(command, "host", "1", many ? "" : word(), "0", "10", "COPY");
                if (many) {
                    add(command, "AUTH", word(), "KEYS", word(), word());
                }
            }
            case STRALGO -> add(command, "LCS", "IDX", "KEYS", word(), word());
            case SCAN, TS_READ -> add(command, "0");
        }
    }

    private void addRadius(List<String> command) {
        if (random.nextBoolean()) {
            add(command, "WITHDIST", "COUNT", "3", "any");
        }
        if (command.getFirst().indexOf('_') < 0 && random.nextBoolean()) {
            add(command, random.nextBoolean() ? "STORE" : "storedist", word());
        }
    }

    /** A name that may look like that of an option. */
    private String keyword() {
        return random.nextBoolean() ? word() : List.of("STREAMS", "BLOCK").get(random.nextInt(2));
    }

    private String word() {
        return "word" + words++;
    }

    private static void add(List<String> command, String... words) {
        command.addAll(List.of(words));
    }
}
