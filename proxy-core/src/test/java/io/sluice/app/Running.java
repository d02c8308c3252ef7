package io.sluice.app;

import io.sluice.spi.Lifecycle.Reload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A Sluice of a test, its file, and a hand on both. */
final class Running implements AutoCloseable {
    final LineProtocol protocol = new LineProtocol();
    final HandClock clock = new HandClock();
    final Sluice sluice;
    private final Path file;

    private Running(Path folder, String text) throws IOException {
        this.file = folder.resolve("sluice.conf");
        write(text);
        ConfigFile config = new ConfigFile(file, List.of(protocol), Map.of());
        try {
            this.sluice = Sluice.start(config, config.require(), clock);
        } catch (BadConfiguration e) {
            throw new AssertionError(e.lines().toString(), e);
        }
    }

    static Running start(Path folder, String text) {
        try {
            return new Running(folder, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A configuration with the tenants named, each with database shop and user app. */
    static String config(String... tenants) {
        var text =
                new StringBuilder(
                        """
                        sluice.listen { http = off, line = "127.0.0.1:0" }
                        sluice.limits.max-clients = 100
                        sluice.event-loops = 2
                        sluice.backends.main { protocol = line, hosts = ["127.0.0.1:1"] }
                        sluice.backends.other { protocol = line, hosts = ["127.0.0.1:2"] }
                        """);
        for (String tenant : tenants) {
            text.append(
                    """
                    sluice.tenants.%s.line {
                      backend = main, databases.shop {}, users.app { verify = open-sesame }
                    }
                    """
                            .formatted(tenant));
        }
        return text.toString();
    }

    void write(String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the file and has it read. */
    Reload reload(String text) {
        write(text);
        return sluice.reload().toCompletableFuture().join();
    }

    LineClient login(String tenant) {
        return LineClient.loggedIn(sluice, tenant);
    }

    @Override
    public void close() {
        sluice.close();
    }
}
