package io.sluice.pg.it;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What a client of the chaos knows of one connection of its own: all that answers must agree with.
 */
final class ChaosKnowledge {
    private static final List<String> ZONES =
            List.of("Europe/Berlin", "Asia/Tokyo", "America/Lima", "Africa/Cairo");

    private final String tag;
    private final String database;
    private final Map<String, String> initial;
    private final Map<String, String> defaults;
    private final Map<String, String> statements = new HashMap<>();
    private Map<String, String> settings;
    private int counter;
    private int rows;

    /**
     * Of a connection that has just begun.
     *
     * @param tag what nobody else has, nor had
     * @param database its name on the server
     * @param initial settings that were asked for at startup
     * @param defaults those of a connection that asks for none
     */
    ChaosKnowledge(
            String tag,
            String database,
            Map<String, String> initial,
            Map<String, String> defaults) {
        this.tag = tag;
        this.database = database;
        this.initial = Map.copyOf(initial);
        this.defaults = defaults;
        this.settings = new HashMap<>(initial);
    }

    String tag() {
        return tag;
    }

    String database() {
        return database;
    }

    /** A value that was never used before. */
    String next() {
        return tag + "/" + counter++;
    }

    String schema() {
        return schemaOf(tag);
    }

    static String schemaOf(String tag) {
        return "s_" + tag.replace('-', '_');
    }

    /** Prepared statements: what each returns before its parameter, by name. */
    Map<String, String> statements() {
        return statements;
    }

    // ---- settings

    /** Some value of TimeZone. */
    static String zone(SplittableRandom random) {
        return ZONES.get(random.nextInt(ZONES.size()));
    }

    String setting(String name) {
        return settings.getOrDefault(name, defaults.getOrDefault(name, ""));
    }

    void set(String name, String value) {
        settings.put(name, value);
    }

    void reset(String name) {
        String first = initial.get(name);
        if (first == null) {
            settings.remove(name);
        } else {
            settings.put(name, first);
        }
    }

    void discardAll() {
        settings = new HashMap<>(initial);
        statements.clear();
    }

    /** Whether a setting that the server reports can be this client's, now or a moment ago. */
    boolean mayBeMine(String name, String value) {
        String fallback = defaults.getOrDefault(name, "");
        return switch (name) {
            case "application_name" -> value.startsWith(tag) || value.equals(fallback);
            case "search_path" -> value.equals(schema()) || value.equals(fallback);
            default -> true;
        };
    }

    // ---- rows of its tag

    int rows() {
        return rows;
    }

    void addRows(int more) {
        rows += more;
    }

    // ---- what a rollback returns to

    /** Settings and rows as they are now. */
    record Moment(Map<String, String> settings, int rows) {}

    Moment now() {
        return new Moment(Map.copyOf(settings), rows);
    }

    void returnTo(Moment before) {
        settings = new HashMap<>(before.settings());
        rows = before.rows();
    }
}
