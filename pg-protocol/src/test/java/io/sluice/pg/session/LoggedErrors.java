package io.sluice.pg.session;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.Property;

/** What is logged as an error from when it is opened until it is closed: faults of our own. */
public final class LoggedErrors implements AutoCloseable {
    private final Appender appender = new Appender();

    private static final class Appender extends AbstractAppender {
        private final Queue<String> seen = new ConcurrentLinkedQueue<>();

        Appender() {
            super("errors", null, null, true, Property.EMPTY_ARRAY);
        }

        @Override
        public void append(LogEvent event) {
            if (event.getLevel().isMoreSpecificThan(Level.ERROR)) {
                seen.add(event.getMessage().getFormattedMessage() + " " + event.getThrown());
            }
        }
    }

    private LoggedErrors() {}

    public static LoggedErrors open() {
        LoggedErrors errors = new LoggedErrors();
        errors.appender.start();
        configuration().getRootLogger().addAppender(errors.appender, Level.ERROR, null);
        return errors;
    }

    public List<String> seen() {
        return List.copyOf(appender.seen);
    }

    @Override
    public void close() {
        configuration().getRootLogger().removeAppender(appender.getName());
        appender.stop();
    }

    private static Configuration configuration() {
        return ((LoggerContext) LogManager.getContext(false)).getConfiguration();
    }
}
