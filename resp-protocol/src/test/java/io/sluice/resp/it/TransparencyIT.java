package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.CommandTable;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What Redis answers, Sluice answers, byte for byte, but for the {@link Differences}. A failure
 * says by which {@code -Dsluice.transparency.seed} it is repeated.
 */
class TransparencyIT {
    private static final Path DOCUMENT = Path.of("../docs/redis-transparency.md");

    /** What a Redis that is no cluster, has no slow command and runs no script refuses. */
    private static final Set<String> CANNOT_BE_DONE =
            Set.of(
                    "ASKING",
                    "READONLY",
                    "READWRITE",
                    "CLIENT CACHING",
                    "AUTH",
                    "OBJECT FREQ",
                    "SCRIPT KILL",
                    "FUNCTION KILL",
                    "FUNCTION RESTORE",
                    "LATENCY GRAPH");

    /** How a tenant is parted from others, and what it sees of that. */
    private enum Share {
        ALONE("isolation = backend"),
        DATABASES("isolation = databases, first-database = 0");

        private final String settings;

        Share(String settings) {
            this.settings = settings;
        }

        List<Difference> differences() {
            return switch (this) {
                case ALONE -> Differences.ALONE;
                case DATABASES -> Differences.DATABASES;
            };
        }
    }

    @ParameterizedTest
    @MethodSource("io.sluice.testbed.RedisProgram#all")
    void answersAsRedisItself(RedisProgram program) throws IOException {
        compare(program, Share.ALONE, 1);
    }

    @ParameterizedTest
    @MethodSource("io.sluice.testbed.RedisProgram#all")
    void answersAsRedisItselfFromDatabasesOfATenants(RedisProgram program) throws IOException {
        compare(program, Share.DATABASES, 1);
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("io.sluice.testbed.RedisProgram#all")
    void answersAsRedisItselfWhateverIsAsked(RedisProgram program) throws IOException {
        compare(program, Share.ALONE, 3);
        compare(program, Share.DATABASES, 3);
    }

    private static void compare(RedisProgram program, Share share, int seeds) throws IOException {
        long first = Long.getLong("sluice.transparency.seed", new SplittableRandom().nextLong());
        var faults = new ArrayList<String>();
        var seen = new Seen();
        try (RedisBackend direct = RedisBackend.of(program).password(TestProxy.PASSWORD).start();
                RedisBackend behind = RedisBackend.of(program).start();
                TestProxy proxy = proxy(behind, direct, share)) {
            for (long seed = first; seed < first + seeds && faults.isEmpty(); seed++) {
                for (boolean resp3 : new boolean[] {false, true}) {
                    var run =
                            new TransparencyRun(
                                    direct, behind, proxy, share.differences(), resp3, seed);
                    run.run();
                    faults.addAll(run.faults());
                    seen.add(run);
                }
                if (!faults.isEmpty()) {
                    faults.addFirst("-Dsluice.transparency.seed=" + seed);
                }
            }
        }
        assertThat(faults).isEmpty();
        assertThat(seen.undone(share.differences()))
                .as("commands without a call that is right")
                .isEmpty();
        assertThat(seen.needless(program, share.differences()))
                .as("differences that there are no more, -Dsluice.transparency.seed=%d", first)
                .isEmpty();
    }

    /** What runs have seen. */
    private static final class Seen {
        private final Set<String> different = new TreeSet<>();
        private final Set<String> present = new TreeSet<>();

        private final Set<String> done = new TreeSet<>();

        void add(TransparencyRun run) {
            done.addAll(run.done());
            different.addAll(run.different());
            present.addAll(run.present());
        }

        /** What the servers have, and have refused to do whatever the arguments were. */
        Set<String> undone(List<Difference> known) {
            var undone = new TreeSet<>(present);
            undone.removeAll(done);
            undone.removeAll(refused(known));
            undone.removeAll(CANNOT_BE_DONE);
            undone.removeIf(name -> name.startsWith("CLUSTER "));
            CommandTable.shipped().commands().stream()
                    .filter(CommandSpec::isContainer)
                    .forEach(each -> undone.remove(each.name().toUpperCase(Locale.ROOT)));
            return undone;
        }

        private static Set<String> refused(List<Difference> known) {
            return known.stream()
                    .filter(each -> each.how() == Difference.How.REFUSED)
                    .flatMap(each -> each.commands().stream())
                    .collect(Collectors.toSet());
        }

        List<String> needless(RedisProgram program, List<Difference> known) {
            var needless = new ArrayList<String>();
            Set<String> refused = refused(known);
            for (Difference each : known) {
                for (String name : each.commands()) {
                    boolean isHidden =
                            each.how() != Difference.How.REFUSED && refused.contains(name);
                    if (!isHidden
                            && each.concerns(program.version())
                            && each.isDue(present.contains(name))
                            && !different.contains(each.how() + " " + name)) {
                        needless.add(each.how() + " " + name);
                    }
                }
            }
            return needless;
        }
    }

    /** One tenant is asked; the other one's server is another, which it does not ask. */
    private static TestProxy proxy(RedisBackend server, RedisBackend other, Share share) {
        return TestProxy.start(
                server,
                "sluice.backends.other { protocol = redis, hosts = [\"%s:%d\"] }"
                        .formatted(other.host(), other.port()),
                "sluice.limits.failed-logins = 0",
                "sluice.tenants.globex.redis.backend = other",
                "sluice.tenants.acme.redis { %s, database-count = 16 }".formatted(share.settings));
    }

    @Test
    void theDocumentNamesTheDifferencesAndNoOther() throws IOException {
        List<String> rows =
                Files.readString(DOCUMENT)
                        .lines()
                        .filter(line -> line.startsWith("| ") && !line.startsWith("| Commands"))
                        .toList();
        assertThat(rows).containsExactlyElementsOf(Differences.rows());
    }
}
