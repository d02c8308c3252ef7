package io.sluice.app;

import io.sluice.config.SluiceConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Configurations of {@link LineProtocol}, read but not run. */
public final class Configurations {
    private Configurations() {}

    /** With these tenants, each with database shop and user app. */
    public static SluiceConfig of(Path folder, String... tenants) {
        return read(folder, Running.config(tenants));
    }

    /** The same, but what they have is elsewhere. */
    public static SluiceConfig onOtherBackend(Path folder, String... tenants) {
        return read(folder, Running.config(tenants).replace("backend = main", "backend = other"));
    }

    private static SluiceConfig read(Path folder, String text) {
        Path file = folder.resolve("sluice.conf");
        try {
            Files.writeString(file, text);
            return new ConfigFile(file, List.of(new LineProtocol()), Map.of()).require().config();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (BadConfiguration e) {
            throw new AssertionError(e.lines().toString(), e);
        }
    }
}
