package io.sluice.pg.it;

import io.sluice.testbed.FrontendBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** COPY on one connection of a client of the chaos. */
final class ChaosCopies {
    private final ChaosWire wire;
    private final ChaosKnowledge knowledge;
    private final ChaosStory story;
    private final SplittableRandom random;

    ChaosCopies(ChaosWire wire, ChaosStory story, SplittableRandom random) {
        this.wire = wire;
        this.knowledge = wire.knowledge();
        this.story = story;
        this.random = random;
    }

    void in() throws IOException {
        boolean extended = random.nextBoolean();
        int manner = random.nextInt(3);
        story.note("copies in, extended=%s manner=%d".formatted(extended, manner));
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
        wire.must(begin);
        byte[] line =
                FrontendBytes.copyData((knowledge.tag() + "\n").getBytes(StandardCharsets.UTF_8));
        Script data = new Script().send(line, line, line);
        switch (manner) {
            case 0 -> {
                data.send(FrontendBytes.copyDone()).expect('C', "COPY 3");
                knowledge.addRows(3);
            }
            case 1 -> data.send(FrontendBytes.copyFail("enough")).expect('E', "57014");
            default -> {
                byte[] bad =
                        FrontendBytes.copyData(
                                (knowledge.tag() + "\ttoo many\n")
                                        .getBytes(StandardCharsets.UTF_8));
                data.send(bad, line, line, FrontendBytes.copyDone()).expect('E', "22P04");
            }
        }
        if (extended) {
            data.send(FrontendBytes.sync());
        }
        data.ready('I');
        if (random.nextBoolean()) {
            String value = knowledge.next();
            data.send(FrontendBytes.query("SELECT '%s'".formatted(value)))
                    .expect('T')
                    .expect('D', value)
                    .expect('C')
                    .ready('I');
        }
        wire.must(data);
    }

    void out() throws IOException {
        int lines = random.nextInt(200);
        String value = knowledge.next();
        story.note("copies out " + lines);
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
        wire.must(script.expect('c').expect('C', "COPY " + lines).ready('I'));
    }
}
