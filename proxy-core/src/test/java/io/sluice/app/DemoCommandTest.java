package io.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.spi.Demonstration;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code sluice demo}: its options and exit codes, for a demonstration of two protocols. */
class DemoCommandTest {
    private final StringWriter err = new StringWriter();
    private final List<Demonstration.Ports> shown = new ArrayList<>();

    /** Notes where it shall listen; on port 13 it cannot. */
    private final class Shown implements Demonstration {
        @Override
        public Map<String, Integer> usualPorts() {
            return Map.of("line", 6432, "block", 6379);
        }

        @Override
        public void run(Ports ports, PrintStream out) throws IOException {
            if (ports.of("line") == 13) {
                throw new IOException("port 13 is taken");
            }
            shown.add(ports);
        }
    }

    private int demo(String... options) {
        List<String> all = new ArrayList<>(List.of("demo"));
        all.addAll(List.of(options));
        return Main.commandLine(DemoCommand.commandLine(Optional.of(new Shown())))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void listensWhereTheDemonstrationUsuallyDoes() {
        assertThat(demo()).isZero();
        assertThat(shown)
                .containsExactly(
                        new Demonstration.Ports(Map.of("line", 6432, "block", 6379), 9127));
    }

    @Test
    void listensWhereTheOptionsSay() {
        assertThat(demo("--line-port", "65535", "--block-port", "1", "--http-port", "0")).isZero();
        assertThat(shown)
                .containsExactly(new Demonstration.Ports(Map.of("line", 65535, "block", 1), 0));
    }

    @Test
    void takesAnyFreePortForEverything() {
        assertThat(demo("--line-port", "0", "--block-port", "0", "--http-port", "0")).isZero();
        assertThat(shown)
                .containsExactly(new Demonstration.Ports(Map.of("line", 0, "block", 0), 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--line-port 70000 : --line-port 65535",
                "--line-port=-1 : --line-port -1",
                "--line-port any : --line-port any",
                "--line-port : --line-port",
                "--line-port 9127 : --line-port --http-port 9127",
                "--http-port 6379 : --block-port --http-port 6379",
                "--line-port 7000 --block-port 7000 : --line-port --block-port 7000"
            })
    void refusesPortsThatCannotBeWith2InALineAndStartsNothing(String given) {
        String[] parts = given.split(" : ", -1);

        assertThat(demo(parts[0].split(" ", -1))).isEqualTo(2);
        assertThat(err.toString().lines())
                .singleElement(InstanceOfAssertFactories.STRING)
                .startsWith("sluice: ")
                .contains(parts[1].split(" ", -1));
        assertThat(shown).isEmpty();
    }

    @Test
    void failsWith1InALineWhereTheDemonstrationDoes() {
        assertThat(demo("--line-port", "13")).isEqualTo(1);
        assertThat(err.toString()).isEqualToIgnoringNewLines("sluice: port 13 is taken");
    }
}
