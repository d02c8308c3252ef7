package io.sluice.config;

import java.util.Comparator;
import java.util.List;

/**
 * The settings of the process as a table, for SHOW CONFIG. Tenants are left out: there may be
 * thousands, and they have tables of their own. Immutable.
 *
 * @param rows sorted by key
 */
public record ConfigView(List<Row> rows) {

    /**
     * One setting.
     *
     * @param key its path without the leading {@code sluice.}
     * @param value as it would be written; a secret is {@code ***}
     * @param defaultValue the value if the file does not say; empty if it must
     * @param changeable whether a reload applies a change; otherwise it takes a restart
     */
    public record Row(String key, String value, String defaultValue, boolean changeable) {}

    private static final String ROOT = "sluice.";
    private static final KeyPath TENANTS = KeyPath.of("sluice", "tenants");

    public ConfigView {
        rows = List.copyOf(rows);
    }

    public static ConfigView of(Settings settings) {
        return new ConfigView(
                settings.inForce().stream()
                        .filter(setting -> !setting.path().startsWith(TENANTS))
                        .map(setting -> row(settings, setting))
                        .sorted(Comparator.comparing(Row::key))
                        .toList());
    }

    private static Row row(Settings settings, Setting setting) {
        return new Row(
                setting.path().toString().substring(ROOT.length()),
                Settings.show(setting.value()),
                settings.defaultOf(setting.path()),
                settings.isChangeable(setting.path()));
    }
}
