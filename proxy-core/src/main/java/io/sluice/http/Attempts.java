package io.sluice.http;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts failed logins by where they come from, so that passwords cannot be guessed in bulk. Knows
 * a bounded number of addresses, least recently seen first out. Confined to one thread.
 */
final class Attempts {
    private static final int MAX_ADDRESSES = 1024;

    private final int limit;
    private final long windowNanos;
    private final Map<String, Window> windows =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Window> eldest) {
                    return size() > MAX_ADDRESSES;
                }
            };

    private record Window(long since, int count) {}

    /**
     * @param limit failures of one address within a window
     */
    Attempts(int limit, Duration window) {
        this.limit = limit;
        this.windowNanos = window.toNanos();
    }

    /** Counts an attempt as failed before its outcome is known; false if there were too many. */
    boolean begin(String address, long now) {
        Window window = windows.get(address);
        if (window == null || now - window.since() >= windowNanos) {
            window = new Window(now, 0);
        }
        if (window.count() >= limit) {
            return false;
        }
        windows.put(address, new Window(window.since(), window.count() + 1));
        return true;
    }

    /** The attempt that {@link #begin} counted was right, after all. */
    void succeeded(String address) {
        windows.computeIfPresent(
                address,
                (_, window) ->
                        window.count() <= 1
                                ? null
                                : new Window(window.since(), window.count() - 1));
    }
}
