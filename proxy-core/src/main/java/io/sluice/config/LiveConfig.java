package io.sluice.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The configuration the process runs with, and its replacement by {@link #reload}.
 *
 * <p><b>Threads:</b> {@link #current} and {@link #view} are volatile reads, for any thread. One
 * reload runs at a time, on its caller's thread, which must not be an event loop: files are read.
 */
public final class LiveConfig {

    private record Snapshot(SluiceConfig config, ConfigView view) {
        static Snapshot of(Loaded.Ready ready) {
            return new Snapshot(ready.config(), ConfigView.of(ready.settings()));
        }
    }

    private final Supplier<Loaded> source;
    private final ReentrantLock reloading = new ReentrantLock();
    private volatile Snapshot snapshot;

    /**
     * @param first what the process starts with
     * @param source loads again; asked once a reload
     */
    public LiveConfig(Loaded.Ready first, Supplier<Loaded> source) {
        this.snapshot = Snapshot.of(first);
        this.source = source;
    }

    public SluiceConfig current() {
        return snapshot.config();
    }

    /** The settings of {@link #current} as a table. */
    public ConfigView view() {
        return snapshot.view();
    }

    /**
     * Loads again. What is ready becomes current; its warnings name the changes that wait for a
     * restart. What is refused changes nothing.
     */
    public Loaded reload() {
        reloading.lock();
        try {
            return switch (source.get()) {
                case Loaded.Ready ready -> swap(ready);
                case Loaded.Refused refused -> refused;
            };
        } finally {
            reloading.unlock();
        }
    }

    private Loaded swap(Loaded.Ready ready) {
        Snapshot before = snapshot;
        Snapshot after = Snapshot.of(ready);
        snapshot = after;
        var warnings = new ArrayList<>(ready.warnings());
        warnings.addAll(waitingForRestart(before.view(), after.view(), ready.settings()));
        return new Loaded.Ready(ready.config(), ready.settings(), warnings);
    }

    private static List<ConfigError> waitingForRestart(
            ConfigView before, ConfigView after, Settings settings) {
        Map<String, String> old = restartOnly(before);
        Map<String, String> now = restartOnly(after);
        var keys = new TreeSet<>(old.keySet());
        keys.addAll(now.keySet());
        return keys.stream()
                .filter(key -> !Objects.equals(old.get(key), now.get(key)))
                .map(key ->
                        ConfigError.at(
                                settings.whereIs(key),
                                "sluice." + key,
                                "changed from %s to %s, which waits for a restart"
                                        .formatted(
                                                old.getOrDefault(key, "nothing"),
                                                now.getOrDefault(key, "nothing")),
                                ""))
                .toList();
    }

    private static Map<String, String> restartOnly(ConfigView view) {
        return view.rows().stream()
                .filter(row -> !row.changeable())
                .collect(Collectors.toMap(ConfigView.Row::key, ConfigView.Row::value));
    }
}
