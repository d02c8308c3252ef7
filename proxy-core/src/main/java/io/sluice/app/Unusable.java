package io.sluice.app;

import java.io.IOException;
import java.util.List;

/** Something that the configuration names, without a mistake, cannot be had or used here. */
final class Unusable extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> keys;

    /**
     * @param keys where it may have been written, without the leading {@code sluice.}; the
     *     likeliest first
     * @param cause tells what is wrong, for people
     */
    Unusable(List<String> keys, IOException cause) {
        super(cause.getMessage(), cause);
        this.keys = List.copyOf(keys);
    }

    List<String> keys() {
        return keys;
    }
}
