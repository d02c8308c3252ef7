package io.sluice.config;

/**
 * One thing that is wrong (or, as a warning, doubtful) in the configuration.
 *
 * @param file as the operator named it; empty for what stands in none (any more)
 * @param line from 1; 0 if it has no line
 * @param key the path of the key, such as {@code sluice.pool.max}; empty for a syntax error
 * @param message what is wrong, in one line, never with a secret in it
 * @param hint what to write instead; empty if there is nothing to say
 */
public record ConfigError(String file, int line, String key, String message, String hint) {

    static ConfigError at(Location where, String key, String message, String hint) {
        return new ConfigError(where.file(), where.line(), key, message, hint);
    }

    /** {@code file:line: key: message (hint)}. */
    @Override
    public String toString() {
        return (file.isEmpty() ? "" : new Location(file, line) + ": ")
                + (key.isEmpty() ? "" : key + ": ")
                + message
                + (hint.isEmpty() ? "" : " (" + hint + ")");
    }
}
