package io.sluice.pg.it;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;

/** What Sluice's own classes log while this is open; tests are quiet otherwise. */
final class LogLines implements AutoCloseable {
    private static final String LOGGER = "io.sluice";

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger logger = (Logger) LogManager.getLogger(LOGGER);
    private final Level before = logger.getLevel();
    private final AbstractAppender appender =
            new AbstractAppender("lines", null, null, false, Property.EMPTY_ARRAY) {
                @Override
                public void append(LogEvent event) {
                    lines.add(event.getLevel() + " " + event.getMessage().getFormattedMessage());
                }
            };

    LogLines() {
        appender.start();
        logger.addAppender(appender);
        Configurator.setLevel(LOGGER, Level.INFO);
    }

    /** The lines in which any of that is said. */
    List<String> containing(String... words) {
        return lines.stream()
                .filter(line -> Arrays.stream(words).anyMatch(line::contains))
                .toList();
    }

    @Override
    public void close() {
        Configurator.setLevel(LOGGER, before);
        logger.removeAppender(appender);
        appender.stop();
    }
}
