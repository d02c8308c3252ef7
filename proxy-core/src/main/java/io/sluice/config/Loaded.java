package io.sluice.config;

import java.util.List;

/** What came of reading the configuration: all of it, or none. */
public sealed interface Loaded {

    /**
     * It can be run with.
     *
     * @param settings every value in force, for printing
     * @param warnings what is allowed but deserves a second look, in the order of the file
     */
    record Ready(SluiceConfig config, Settings settings, List<ConfigError> warnings)
            implements Loaded {
        public Ready {
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * It cannot be run with.
     *
     * @param errors all that is wrong, in the order of the file; never empty
     */
    record Refused(List<ConfigError> errors) implements Loaded {
        public Refused {
            errors = List.copyOf(errors);
        }
    }
}
