package io.sluice.documents;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.sluice.spi.Protocol;
import io.sluice.spi.ProtocolBinder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/**
 * The manuals of the configuration, that of the core and one of each protocol; and who reads them.
 */
final class Manuals {
    static final List<Path> ALL =
            List.of(
                    Path.of("../proxy-core/src/main/resources/reference.conf"),
                    Path.of("../pg-protocol/src/main/resources/reference-postgres.conf"),
                    Path.of("../resp-protocol/src/main/resources/reference-redis.conf"));

    private Manuals() {}

    /** What they say, one behind the other. */
    static String text() {
        StringBuilder all = new StringBuilder();
        ALL.forEach(manual -> all.append(text(manual)));
        return all.toString();
    }

    /** Every key with its default. */
    static Config defaults() {
        Config all = ConfigFactory.empty();
        for (Path manual : ALL) {
            all = ConfigFactory.parseString(text(manual)).withFallback(all);
        }
        return all;
    }

    /** Every protocol that is distributed, by its name. */
    static Map<String, ProtocolBinder> binders() {
        Map<String, ProtocolBinder> binders = new TreeMap<>();
        for (Protocol protocol : ServiceLoader.load(Protocol.class)) {
            binders.put(protocol.name(), protocol.binder());
        }
        return binders;
    }

    private static String text(Path manual) {
        try {
            return Files.readString(manual);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
