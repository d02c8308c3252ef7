package io.sluice.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = SECONDS)
class ProgressTest {
    private static final Duration SOON = Duration.ofMillis(1);
    private static final Duration NEVER_HERE = Duration.ofHours(1);

    /** What was told. */
    private static final class Told extends ByteArrayOutputStream {
        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            super.write(bytes, offset, length);
            notifyAll();
        }

        synchronized List<String> lines() {
            return toString(UTF_8).lines().toList();
        }

        /** Returns when there are so many lines that begin with {@code what}. */
        synchronized void await(int count, String what) throws IOException {
            try {
                while (lines().stream().filter(line -> line.startsWith(what)).count() < count) {
                    wait();
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    private final Told told = new Told();
    private final PrintStream stream = new PrintStream(told, true, UTF_8);

    @Test
    void saysWhatIsGoingOnAsLongAsItTakes() throws IOException {
        try (Progress progress = new Progress(stream, SOON)) {
            String answer =
                    progress.during(
                            "starting it",
                            () -> {
                                told.await(3, "starting it");
                                return "done";
                            });
            assertThat(answer).isEqualTo("done");
        }

        assertThat(told.lines())
                .allSatisfy(line -> assertThat(line).matches("starting it \\(\\d+ s\\)"));
    }

    @Test
    void saysWhatIsEndingAsLongAsItTakes() throws IOException {
        try (Progress progress = new Progress(stream, SOON)) {
            Progress.Ending ending =
                    progress.atEnd(
                            "ending it",
                            () -> {
                                try {
                                    told.await(3, "ending it");
                                } catch (IOException e) {
                                    throw new AssertionError(e);
                                }
                            });
            progress.during(
                    "showing it",
                    () -> {
                        told.await(3, "showing it");
                        return "done";
                    });
            assertThat(told.lines()).noneMatch(line -> line.startsWith("ending it"));

            ending.close();
        }

        assertThat(told.lines().getLast()).matches("ending it \\(\\d+ s\\)");
    }

    @Test
    void saysNothingOfWhatIsQuick() throws IOException {
        try (Progress progress = new Progress(stream, NEVER_HERE)) {
            progress.during("starting it", () -> "done");
            progress.atEnd("ending it", () -> {}).close();
        }

        assertThat(told.lines()).isEmpty();
    }

    @Test
    void saysNoMoreOfWhatHasFailed() throws IOException {
        try (Progress progress = new Progress(stream, SOON)) {
            assertThatThrownBy(() ->
                            progress.during(
                                    "starting it",
                                    () -> {
                                        told.await(3, "starting it");
                                        throw new IOException("failed");
                                    }))
                    .hasMessage("failed");
            progress.during(
                    "going on",
                    () -> {
                        told.await(3, "going on");
                        return "done";
                    });
        }

        assertThat(told.lines().stream().dropWhile(line -> line.startsWith("starting it")))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).startsWith("going on"));
    }
}
