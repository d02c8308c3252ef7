package io.sluice.testbed;

import io.sluice.app.ConfigFile;
import io.sluice.app.Sluice;
import io.sluice.config.Loaded;
import io.sluice.net.Clock;
import io.sluice.net.Loop;
import io.sluice.net.TlsContexts;
import io.sluice.pool.Lane;
import io.sluice.pool.Pool;
import io.sluice.session.ClientSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * A Sluice in this JVM, configured as an operator would, by a file, and looked into. What speaks of
 * loops asks them on their own threads, and waits for the answers.
 */
public abstract class SluiceUnderTest implements AutoCloseable {
    private final Path folder;
    private final Sluice sluice;

    /**
     * Starts it.
     *
     * @param config the text of its file
     * @throws IllegalArgumentException with all errors of a configuration that is refused
     */
    protected SluiceUnderTest(String config, Clock clock) {
        try {
            folder = Files.createTempDirectory("sluice-test");
            Files.writeString(configFile(), config);
            ConfigFile file = ConfigFile.at(configFile());
            try (TlsContexts onlyTried = new TlsContexts()) {
                sluice =
                        switch (file.load(onlyTried)) {
                            case Loaded.Refused(var errors) ->
                                    throw new IllegalArgumentException(errors.toString());
                            case Loaded.Ready ready -> Sluice.start(file, ready, clock);
                        };
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public final Sluice sluice() {
        return sluice;
    }

    /** The file that it was started with; a test may change it and reload. */
    public final Path configFile() {
        return folder.resolve("sluice.conf");
    }

    /** Where it listens for clients of a protocol. */
    protected final int port(String protocol) {
        return ((InetSocketAddress) sluice.boundAddress(protocol)).getPort();
    }

    /** Asks every loop something. */
    protected final <T> List<T> onLoops(Function<Loop, Collection<T>> question) {
        List<T> answers = new ArrayList<>();
        for (Loop loop : sluice.loops()) {
            answers.addAll(
                    CompletableFuture.supplyAsync(() -> question.apply(loop), loop.executor())
                            .join());
        }
        return answers;
    }

    /** Asks every loop something of its pools. */
    public final <T> List<T> onPools(Function<Pool, T> question) {
        return onLoops(loop -> sluice.pools(loop).all().stream().map(question).toList());
    }

    protected final int sumOfPools(ToIntFunction<Pool> figure) {
        return onPools(figure::applyAsInt).stream().mapToInt(Integer::intValue).sum();
    }

    /** Asks every session something. */
    public final <T> List<T> onSessions(Function<ClientSession, T> question) {
        return onLoops(loop -> {
            List<T> here = new ArrayList<>();
            sluice.sessions(loop).forEach(session -> here.add(question.apply(session)));
            return here;
        });
    }

    /** Server connections that are open or being opened, over all pools. */
    public final int serverConnections() {
        return sumOfPools(pool -> pool.connections().size());
    }

    /** Server connections that a session holds for itself, over all pools. */
    public final int leases() {
        return sumOfPools(pool ->
                pool.key().lane() == Lane.SHARED
                        ? 0
                        : (int) pool.connections().stream().filter(c -> c.isLeased()).count());
    }

    /** Ends it; by then nobody may be counted as its client any more. */
    @Override
    public final void close() {
        sluice.close();
        int left = sluice.admission().clients() + sluice.admission().unauthenticated();
        if (left != 0) {
            throw new AssertionError(left + " clients are still counted after the end");
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
