package io.sluice.pg.session;

import io.sluice.pg.settings.Settings;
import java.util.List;
import java.util.Map;

/**
 * What clients that ask for the same settings are told at login: the values that servers report
 * when those are applied.
 *
 * @param settings the one instance that all those clients share
 * @param parameters names and values in the order in which the server reports them
 * @param defaults what the server that told it had reported before the settings were applied
 */
record Welcome(
        Settings settings,
        List<Map.Entry<String, String>> parameters,
        Map<String, String> defaults) {

    /** What a server tells that {@code settings} were applied to. */
    static Welcome of(Settings settings, ServerParameters told) {
        return new Welcome(
                settings,
                told.values().entrySet().stream()
                        .map(e -> Map.entry(e.getKey(), e.getValue()))
                        .toList(),
                told.defaults());
    }
}
