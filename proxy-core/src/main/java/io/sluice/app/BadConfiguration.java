package io.sluice.app;

import io.sluice.config.ConfigError;
import java.util.List;

/** The configuration cannot be run with. */
final class BadConfiguration extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<ConfigError> errors;

    BadConfiguration(List<ConfigError> errors) {
        super(errors.size() + " errors in the configuration");
        this.errors = List.copyOf(errors);
    }

    /** What is wrong, a line each: {@code file:line: key: message}. */
    List<String> lines() {
        return errors.stream().map(ConfigError::toString).toList();
    }
}
