package io.sluice.pg.it;

import io.sluice.testbed.FrontendBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Queries on one connection of a client of the chaos, and its settings, statements and rows. */
final class ChaosQueries {
    private final ChaosRun run;
    private final ChaosWire wire;
    private final ChaosKnowledge knowledge;
    private final ChaosStory story;
    private final SplittableRandom random;

    ChaosQueries(ChaosRun run, ChaosWire wire, ChaosStory story, SplittableRandom random) {
        this.run = run;
        this.wire = wire;
        this.knowledge = wire.knowledge();
        this.story = story;
        this.random = random;
    }

    /** A text that is one statement and returns no rows. */
    static Script query(String sql, String commandTag, char status) {
        return new Script().send(FrontendBytes.query(sql)).expect('C', commandTag).ready(status);
    }

    static String insert(String row) {
        return "INSERT INTO public.chaos VALUES ('%s')".formatted(row);
    }

    /** A row that nobody else asks for. */
    Script selecting(char status) {
        String value = knowledge.next();
        return new Script()
                .send(FrontendBytes.query("SELECT '%s'".formatted(value)))
                .expect('T')
                .expect('D', value)
                .expect('C', "SELECT 1")
                .ready(status);
    }

    /** Plain queries, one behind the other: each survives what becomes of the others. */
    void select() throws IOException {
        story.note("selects");
        List<Script> several = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            several.add(selecting('I'));
        }
        wire.each(several);
        run.saw(wire.kind().event());
    }

    void fail() throws IOException {
        story.note("fails");
        Script script =
                switch (random.nextInt(3)) {
                    case 0 ->
                            new Script()
                                    .send(
                                            FrontendBytes.query(
                                                    "SELECT '" + knowledge.tag() + "', 1/0"))
                                    .expect('E', "22012");
                    case 1 ->
                            new Script()
                                    .send(FrontendBytes.query("SELEKT '" + knowledge.tag() + "'"))
                                    .expect('E', "42601");
                    default ->
                            new Script()
                                    .send(
                                            FrontendBytes.query(
                                                    "SELECT '%s'; SELECT nothing; SELECT 1"
                                                            .formatted(knowledge.tag())))
                                    .expect('T')
                                    .expect('D', knowledge.tag())
                                    .expect('C')
                                    .expect('E', "42703");
                };
        wire.each(List.of(script.ready('I')));
    }

    void pipeline(char status) throws IOException {
        ChaosPipeline pipeline = ChaosPipeline.of(knowledge, random, status);
        story.note(pipeline.story());
        wire.must(pipeline.script());
    }

    // ---- settings

    void checkSettings(char status) throws IOException {
        story.note("checks its settings");
        String sql =
                "SELECT concat_ws('|', current_setting('application_name'),"
                        + " current_setting('search_path'), current_setting('TimeZone'),"
                        + " coalesce(current_setting('app.tag', true), ''), current_database())";
        String expected =
                String.join(
                        "|",
                        knowledge.setting("application_name"),
                        knowledge.setting("search_path"),
                        knowledge.setting("TimeZone"),
                        knowledge.setting("app.tag"),
                        knowledge.database());
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
        wire.tries(script.expect('D', expected).expect('C').ready(status));
    }

    void set(char status) throws IOException {
        String name =
                List.of("application_name", "search_path", "TimeZone", "app.tag")
                        .get(random.nextInt(4));
        if (random.nextInt(4) == 0) {
            story.note("resets " + name);
            if (wire.tries(query("RESET " + name, "RESET", status))) {
                knowledge.reset(name);
            }
            return;
        }
        String value =
                switch (name) {
                    case "TimeZone" -> ChaosKnowledge.zone(random);
                    case "search_path" -> knowledge.schema();
                    default -> knowledge.next();
                };
        story.note("sets " + name + " to " + value);
        String sql = "SET %s = '%s'".formatted(name, value);
        Script script =
                random.nextBoolean()
                        ? query(sql, "SET", status)
                        : new Script()
                                .send(
                                        FrontendBytes.parse("", sql),
                                        FrontendBytes.bind("", ""),
                                        FrontendBytes.execute("", 0),
                                        FrontendBytes.sync())
                                .expectAll("12")
                                .expect('C', "SET")
                                .ready(status);
        if (wire.tries(script)) {
            knowledge.set(name, value);
        }
    }

    void discardAll() throws IOException {
        story.note("discards all");
        wire.must(query("DISCARD ALL", "DISCARD ALL", 'I'));
        knowledge.discardAll();
    }

    // ---- rows and functions

    void checkRows() throws IOException {
        wire.tries(
                new Script()
                        .send(
                                FrontendBytes.query(
                                        "SELECT count(*) FROM public.chaos WHERE tag = '%s'"
                                                .formatted(knowledge.tag())))
                        .expect('T')
                        .expect('D', String.valueOf(knowledge.rows()))
                        .expect('C')
                        .ready('I'));
    }

    void callFunction() throws IOException {
        story.note("calls a function");
        String value = knowledge.next();
        wire.must(
                new Script()
                        .send(FrontendBytes.functionCall(run.reverse(), List.of(value)))
                        .expect('V', new StringBuilder(value).reverse().toString())
                        .ready('I'));
    }
}
