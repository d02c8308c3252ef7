package io.sluice.pg.session;

import io.sluice.pg.settings.Settings;
import io.sluice.pg.settings.SettingsTracker;
import io.sluice.pg.sql.ParseSettings;
import io.sluice.pg.sql.SqlClassifier;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a server reports of its settings (GUC_REPORT), at its login and since, and how it reads
 * texts by them.
 *
 * <p><b>Threads:</b> confined to the loop of the connection.
 */
final class ServerParameters {
    /** Encodings that no server has, in which a character may contain the byte of a quote. */
    private static final Set<String> CLIENT_ONLY =
            Set.of("SJIS", "SHIFT_JIS_2004", "BIG5", "GBK", "UHC", "GB18030", "JOHAB");

    private final TreeMap<String, String> defaults = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private Map<String, String> reported = Map.of();
    private final TreeMap<String, String> values = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private boolean standardStrings = true;
    private boolean clientOnlyEncoding;
    private @Nullable String context;

    /** Login is over: these hold unless a session wants others. */
    void begin(Map<String, String> atLogin) {
        reported = atLogin;
        defaults.putAll(atLogin);
        values.putAll(atLogin);
        noteLexing();
    }

    void put(String name, String value) {
        values.put(name, value);
        if (ParseSettings.contains(name.toLowerCase(Locale.ROOT))) {
            noteLexing();
        }
    }

    private void noteLexing() {
        standardStrings = !"off".equals(values.get("standard_conforming_strings"));
        String encoding = values.get(Settings.CLIENT_ENCODING);
        clientOnlyEncoding =
                encoding != null && CLIENT_ONLY.contains(encoding.toUpperCase(Locale.ROOT));
        context = null;
    }

    /** What was reported at login; mostly the same instance as another connection's. */
    Map<String, String> defaults() {
        return reported;
    }

    /** What holds now, by name. */
    Map<String, String> values() {
        return Collections.unmodifiableMap(values);
    }

    boolean has(String name) {
        return defaults.containsKey(name);
    }

    boolean isDefault(String name, String value) {
        return value.equals(defaults.get(name));
    }

    /**
     * Tells a session what holds now of all that can be set and is reported.
     *
     * @return whether it follows all of it
     */
    boolean tellAll(SettingsTracker settings) {
        boolean follows = true;
        for (Map.Entry<String, String> reported : values.entrySet()) {
            String name = reported.getKey();
            String value = reported.getValue();
            if (Reported.isSetting(name)) {
                follows &= settings.onReported(name, value, isDefault(name, value));
            }
        }
        return follows;
    }

    /** Whether texts sent now are read as UTF-8. */
    boolean readsUtf8() {
        return "UTF8".equals(values.get(Settings.CLIENT_ENCODING));
    }

    /** Makes a classifier read a text as this server is going to read it. */
    void prepare(SqlClassifier classifier) {
        classifier.reset(standardStrings, clientOnlyEncoding);
    }

    /** Values of the settings by which the server reads what is prepared. */
    String context() {
        String known = context;
        if (known == null) {
            StringBuilder all = new StringBuilder();
            for (String name : ParseSettings.names()) {
                all.append(values.get(name)).append('|');
            }
            known = all.toString();
            context = known;
        }
        return known;
    }
}
