package io.sluice.pg.it;

import io.sluice.testbed.FrontendBytes;
import java.util.List;
import java.util.SplittableRandom;

/** Some series of messages of the extended protocol, each ended by a Sync, to be sent at once. */
final class ChaosPipeline {
    private static final List<String> NAMES = List.of("s0", "s1", "s2", "s3", "S_1");

    private final ChaosKnowledge knowledge;
    private final SplittableRandom random;
    private final Script script = new Script();
    private final StringBuilder story = new StringBuilder("pipeline");

    private ChaosPipeline(ChaosKnowledge knowledge, SplittableRandom random) {
        this.knowledge = knowledge;
        this.random = random;
    }

    /**
     * Makes one; what is known is from then on what holds after it.
     *
     * @param status before and after each of the series
     */
    static ChaosPipeline of(ChaosKnowledge knowledge, SplittableRandom random, char status) {
        ChaosPipeline pipeline = new ChaosPipeline(knowledge, random);
        int series = random.nextInt(4) + 1;
        for (int i = 0; i < series; i++) {
            pipeline.series(status);
        }
        return pipeline;
    }

    Script script() {
        return script;
    }

    /** What is asked for, for people. */
    String story() {
        return story.toString();
    }

    private void series(char status) {
        ChaosKnowledge.Moment before = knowledge.now();
        boolean failed = false;
        int steps = random.nextInt(5);
        for (int i = 0; i < steps; i++) {
            Script part = new Script();
            int dice = random.nextInt(12);
            if (failed) {
                // Whatever comes now is skipped, so nothing of it may change what is known.
                skipped(part, dice);
                story.append(" skipped");
                script.send(part.bytes());
                continue;
            }
            if (dice == 0 && status == 'I') {
                failing(part);
                failed = true;
                story.append(" failing");
            } else {
                story.append(' ').append(succeeding(part, dice));
            }
            script.append(part);
        }
        if (random.nextInt(6) == 0) {
            script.send(FrontendBytes.flush());
        }
        script.send(FrontendBytes.sync()).ready(status);
        story.append(" sync");
        if (failed) {
            knowledge.returnTo(before);
        }
    }

    private void skipped(Script part, int dice) {
        String name = name();
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

    private String name() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    private void failing(Script part) {
        switch (random.nextInt(5)) {
            case 0 ->
                    part.send(FrontendBytes.parse("", "SELEKT '%s'".formatted(knowledge.tag())))
                            .expect('E', "42601");
            case 1 -> part.send(FrontendBytes.bind("", "nobody's")).expect('E', "26000");
            case 2 -> part.send(FrontendBytes.execute("nobody's", 0)).expect('E', "34000");
            case 3 -> {
                var names = knowledge.statements().keySet();
                if (names.isEmpty()) {
                    part.send(FrontendBytes.describeStatement("nobody's")).expect('E', "26000");
                } else {
                    part.send(FrontendBytes.parse(names.iterator().next(), "SELECT 'again'"))
                            .expect('E', "42P05");
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
        String value = knowledge.next();
        String name = name();
        String known = knowledge.statements().get(name);
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
            String prefix = random.nextBoolean() ? knowledge.tag() : "all" + random.nextInt(8);
            String sql = "SELECT '%s:%s:' || $1::text".formatted(prefix, name);
            part.send(FrontendBytes.parse(name, sql)).expect('1');
            knowledge.statements().put(name, prefix + ":" + name + ":");
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
        return switch (dice) {
            case 9 -> {
                portal(part, value);
                yield "portal";
            }
            case 10 -> {
                part.send(
                                FrontendBytes.parse(
                                        "", "SET application_name = '%s'".formatted(value)),
                                FrontendBytes.bind("", ""),
                                FrontendBytes.execute("", 0))
                        .expectAll("12")
                        .expect('C', "SET");
                knowledge.set("application_name", value);
                yield "set";
            }
            default -> {
                part.send(FrontendBytes.closeStatement(name)).expect('3');
                knowledge.statements().remove(name);
                yield "close " + name;
            }
        };
    }

    private static void portal(Script part, String value) {
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
    }
}
