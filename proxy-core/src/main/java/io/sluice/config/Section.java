package io.sluice.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One object of the configuration file, read key by key. What nobody took is an unknown key and
 * reported; what has the wrong type or range is reported with file and line, and reading goes on
 * with a harmless stand-in, so that all mistakes are told at once.
 *
 * <p>A section may lie over others (a user's over that of the tenant's protocol, over the
 * protocol's own): a key it does not have itself is read from the nearest one below that has it.
 */
public interface Section {
    /** Whether this very object has the key, and does not just find it in one it lies over. */
    boolean has(String key);

    String string(String key);

    Optional<String> optionalString(String key);

    boolean bool(String key);

    int integer(String key, int min, int max);

    /** A duration such as {@code 30s}; zero is allowed only where {@code min} is zero. */
    Duration duration(String key, Duration min, Duration max);

    /** As {@link #duration}; empty where the value is {@code word}. */
    Optional<Duration> durationOr(String word, String key, Duration min, Duration max);

    /** A size such as {@code 64KiB}, in bytes. */
    long bytes(String key, long min, long max);

    <E extends Enum<E>> E choice(String key, Class<E> type);

    List<String> strings(String key);

    /** The object under {@code key}; an empty one if it is absent. */
    Section section(String key);

    /** The names of this object's keys, in the order of the file. */
    List<String> names();

    /** Reports that the value of {@code key} cannot be: one line, what is wrong and what to do. */
    void reject(String key, String message);
}
