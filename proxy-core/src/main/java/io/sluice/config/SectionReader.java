package io.sluice.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Section} over the parsed file. It may lie over others (a user over its tenant over its
 * tier): what it does not have itself is looked for below, and an error is told where the value was
 * really written.
 */
final class SectionReader implements Section {

    /**
     * @param object empty where the file has none
     * @param where of the object, or of the nearest one around it
     * @param broken whether something else stood in its place: then it misses nothing
     * @param taken the keys that anybody asked for, whether they are there or not
     */
    private record Layer(
            KeyPath path, ConfigObject object, Location where, boolean broken, Set<String> taken) {}

    private record Found(ConfigValue value, KeyPath path) {
        Location where() {
            return Location.of(value);
        }
    }

    private interface Parser<T> {
        T parse(String text) throws BadValue;
    }

    private static final ConfigObject NOTHING = ConfigFactory.empty().root();

    private final Reading reading;
    private final List<Layer> layers; // own first
    private final boolean adopts; // whether what is inherited counts as in force here

    private SectionReader(Reading reading, List<Layer> layers, boolean adopts) {
        this.reading = reading;
        this.layers = List.copyOf(layers);
        this.adopts = adopts;
    }

    static SectionReader root(Reading reading, ConfigObject root) {
        return new SectionReader(
                reading, List.of(layer(reading, KeyPath.ROOT, root, root, false)), true);
    }

    private static Layer layer(
            Reading reading, KeyPath path, ConfigObject object, ConfigValue where, boolean broken) {
        return new Layer(path, object, Location.of(where), broken, reading.opened(path));
    }

    private Layer nothing(KeyPath path, Layer around, boolean broken) {
        return new Layer(path, NOTHING, around.where(), broken, reading.opened(path));
    }

    /** This section lying over {@code lower}. */
    SectionReader over(SectionReader lower) {
        return over(lower, true);
    }

    /**
     * As {@link #over}, but what is inherited is put in force below only: for keys of which it
     * matters where they were said.
     */
    SectionReader fallingBackTo(SectionReader lower) {
        return over(lower, false);
    }

    private SectionReader over(SectionReader lower, boolean adopts) {
        var all = new ArrayList<>(layers);
        lower.layers.stream().filter(layer -> !isAmong(layers, layer)).forEach(all::add);
        return new SectionReader(reading, all, adopts);
    }

    private static boolean isAmong(List<Layer> layers, Layer layer) {
        return layers.stream().anyMatch(own -> own.path().equals(layer.path()));
    }

    KeyPath path() {
        return own().path();
    }

    Reading reading() {
        return reading;
    }

    /** The last part of this section's path: the name of a tenant, a user. */
    String name() {
        return path().parts().getLast();
    }

    @Override
    public boolean has(String key) {
        return present(own(), key);
    }

    @Override
    public String string(String key) {
        return scalar(key, "a text", "", text -> text, text -> text);
    }

    /** {@code fallback} where nobody says anything. */
    String string(String key, String fallback) {
        return find(key) == null ? inForce(key, fallback) : string(key);
    }

    @Override
    public Optional<String> optionalString(String key) {
        return find(key) == null ? Optional.empty() : Optional.of(string(key));
    }

    @Override
    public boolean bool(String key) {
        return scalar(key, "true or false", false, SectionReader::parseBool, value -> value);
    }

    private static boolean parseBool(String text) throws BadValue {
        return switch (text) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw new BadValue("must be true or false, is \"" + text + "\"");
        };
    }

    @Override
    public int integer(String key, int min, int max) {
        String expected = "a whole number from %d to %d".formatted(min, max);
        return scalar(key, expected, min, text -> parseInteger(text, min, max), value -> value);
    }

    /** {@code fallback} where nobody says anything. */
    int integer(String key, int fallback, int min, int max) {
        return find(key) == null ? inForce(key, fallback) : integer(key, min, max);
    }

    /** A number, or {@code word}, for which nothing is returned. */
    OptionalInt integerOr(String word, String key, int min, int max) {
        if (is(key, word)) {
            string(key);
            return OptionalInt.empty();
        }
        return OptionalInt.of(integer(key, min, max));
    }

    private static int parseInteger(String text, int min, int max) throws BadValue {
        if (text.equals("off") && min == 0) {
            return 0;
        }
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException _) {
            throw new BadValue("must be a whole number, is \"" + text + "\"");
        }
        if (value < min || value > max) {
            throw new BadValue("must be from %d to %d, is %s".formatted(min, max, text));
        }
        return (int) value;
    }

    @Override
    public Duration duration(String key, Duration min, Duration max) {
        Parser<Duration> parser =
                text -> {
                    Duration value = Units.duration(text);
                    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
                        throw new BadValue(
                                "must be from %s to %s, is %s"
                                        .formatted(Units.show(min), Units.show(max), text));
                    }
                    return value;
                };
        return scalar(key, "a duration such as 30s", min, parser, Units::show);
    }

    @Override
    public Optional<Duration> durationOr(String word, String key, Duration min, Duration max) {
        if (is(key, word)) {
            string(key);
            return Optional.empty();
        }
        return Optional.of(duration(key, min, max));
    }

    @Override
    public long bytes(String key, long min, long max) {
        Parser<Long> parser =
                text -> {
                    long value = Units.bytes(text);
                    if (value < min || value > max) {
                        throw new BadValue(
                                "must be from %s to %s, is %s"
                                        .formatted(Units.show(min), Units.show(max), text));
                    }
                    return value;
                };
        return scalar(key, "a size such as 64KiB", min, parser, value -> Units.show(value));
    }

    @Override
    public <E extends Enum<E>> E choice(String key, Class<E> type) {
        E[] values = type.getEnumConstants();
        List<String> names = Arrays.stream(values).map(SectionReader::nameOf).toList();
        Parser<E> parser = text -> values[indexOf(text.replace('_', '-'), names)];
        return scalar(
                key,
                "one of " + String.join(", ", names),
                values[0],
                parser,
                SectionReader::nameOf);
    }

    private static String nameOf(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** One of {@code words}. */
    String oneOf(String key, List<String> words) {
        return scalar(
                key,
                "one of " + String.join(", ", words),
                words.getFirst(),
                text -> words.get(indexOf(text, words)),
                word -> word);
    }

    private static int indexOf(String text, List<String> words) throws BadValue {
        int index = words.indexOf(text);
        if (index < 0) {
            throw new BadValue(
                    "must be one of %s, is \"%s\"".formatted(String.join(", ", words), text));
        }
        return index;
    }

    @Override
    public List<String> strings(String key) {
        Found found = find(key);
        if (found == null) {
            missing(key, "a list of texts");
            return List.of();
        }
        List<ConfigValue> elements =
                found.value() instanceof ConfigList list ? list : List.of(found.value());
        var texts = new ArrayList<String>();
        for (ConfigValue element : elements) {
            String text = text(element);
            if (text == null) {
                error(found, Location.of(element), "must be a list of texts, has " + kind(element));
                return List.of();
            }
            texts.add(text);
        }
        return inForce(key, List.copyOf(texts));
    }

    @Override
    public SectionReader section(String key) {
        var inner = new ArrayList<Layer>();
        for (Layer layer : layers) {
            layer.taken().add(key);
            KeyPath path = layer.path().child(key);
            if (!present(layer, key)) {
                inner.add(nothing(path, layer, layer.broken()));
            } else if (layer.object().get(key) instanceof ConfigObject object) {
                inner.add(layer(reading, path, object, object, layer.broken()));
            } else {
                ConfigValue value = at(layer, key);
                reading.error(
                        Location.of(value), path, "must be an object { }, is " + kind(value), "");
                inner.add(nothing(path, layer, true));
            }
        }
        return new SectionReader(reading, inner, adopts);
    }

    /**
     * What is under {@code key}, one or a list, each a section: an object is itself, a mere text is
     * one whose {@code only} key it is.
     */
    List<SectionReader> sections(String key, String only) {
        Found found = find(key);
        if (found == null) {
            return List.of();
        }
        if (!(found.value() instanceof ConfigList list)) {
            return List.of(element(found.path(), found.value(), only));
        }
        var sections = new ArrayList<SectionReader>();
        for (int i = 0; i < list.size(); i++) {
            sections.add(element(found.path().element(i), list.get(i), only));
        }
        return sections;
    }

    private SectionReader element(KeyPath path, ConfigValue value, String only) {
        ConfigObject object =
                value instanceof ConfigObject itself ? itself : value.atKey(only).root();
        return new SectionReader(
                reading, List.of(layer(reading, path, object, value, false)), true);
    }

    @Override
    public List<String> names() {
        var names = new LinkedHashSet<String>();
        for (Layer layer : layers) {
            layer.object().keySet().stream()
                    .filter(key -> present(layer, key))
                    .sorted(
                            Comparator.comparingInt(
                                            (String key) -> Location.of(at(layer, key)).line())
                                    .thenComparing(Comparator.naturalOrder()))
                    .forEach(names::add);
        }
        return List.copyOf(names);
    }

    @Override
    public void reject(String key, String message) {
        reject(key, message, "");
    }

    void reject(String key, String message, String hint) {
        Found found = find(key);
        if (found == null) {
            reading.error(own().where(), path().child(key), message, hint);
        } else {
            reading.error(found.where(), found.path(), message, hint);
        }
    }

    /** Reports that this object itself cannot be. */
    void rejectSelf(String message) {
        reading.error(own().where(), path(), message, "");
    }

    /** Reports that {@code name}, the value of {@code key}, is none of {@code known}. */
    void rejectName(String key, String what, String name, Collection<String> known) {
        String hint = Nearest.hint(name, known);
        if (hint.isEmpty() && !known.isEmpty()) {
            hint = "known: " + String.join(", ", known);
        }
        reject(key, "there is no %s \"%s\"".formatted(what, name), hint);
    }

    /** The text of {@code key}, kept out of everything that is shown; null if it is none. */
    @Nullable String hidden(String key) {
        Found found = find(key);
        String text = found == null ? null : text(found.value());
        if (found != null && text == null) {
            error(found, found.where(), "must be a text, is " + kind(found.value()));
        }
        return text;
    }

    /** Gives up on this object: none of its keys is unknown any more. */
    void ignoreRest() {
        own().taken().addAll(own().object().keySet());
    }

    /** A key that may be there although its section is not read here. */
    void knows(String key) {
        own().taken().add(key);
    }

    /** Whether {@code key} is the word, and not a list or an object of that. */
    boolean is(String key, String word) {
        Found found = find(key);
        return found != null && word.equals(text(found.value()));
    }

    /** Puts in force what a caller made of {@code key} by itself. */
    <T> T inForce(String key, T value) {
        Found found = find(key);
        KeyPath path = path().child(key);
        if (found == null) {
            reading.inForce(new Setting(path, value, path, own().where()));
        } else {
            KeyPath here = adopts ? path : found.path();
            reading.inForce(new Setting(here, value, found.path(), found.where()));
        }
        return value;
    }

    /** The file in which {@code key} was written: what a relative path is relative to. */
    Optional<String> fileOf(String key) {
        return Optional.ofNullable(find(key)).map(found -> found.value().origin().filename());
    }

    private <T> T scalar(
            String key, String expected, T standIn, Parser<T> parser, Function<T, ?> shown) {
        Found found = find(key);
        if (found == null) {
            missing(key, expected);
            return standIn;
        }
        String text = text(found.value());
        if (text == null) {
            error(found, found.where(), "must be " + expected + ", is " + kind(found.value()));
            return standIn;
        }
        try {
            T value = parser.parse(text);
            inForce(key, shown.apply(value));
            return value;
        } catch (BadValue bad) {
            error(found, found.where(), bad.complaint());
            return standIn;
        }
    }

    private void missing(String key, String expected) {
        if (layers.stream().anyMatch(Layer::broken)) {
            return;
        }
        reading.error(own().where(), path().child(key), "is missing: " + expected, "");
    }

    private void error(Found found, Location where, String message) {
        reading.error(where, found.path(), message, "");
    }

    private @Nullable Found find(String key) {
        layers.forEach(layer -> layer.taken().add(key));
        for (Layer layer : layers) {
            if (present(layer, key)) {
                return new Found(at(layer, key), layer.path().child(key));
            }
        }
        return null;
    }

    private Layer own() {
        return layers.getFirst();
    }

    private static boolean present(Layer layer, String key) {
        ConfigValue value = layer.object().get(key);
        return value != null && value.valueType() != ConfigValueType.NULL;
    }

    private static ConfigValue at(Layer layer, String key) {
        ConfigValue value = layer.object().get(key);
        if (value == null) {
            throw new IllegalArgumentException("no key " + key);
        }
        return value;
    }

    /** The text as written (so that 0770 stays that); null for an object or a list. */
    private static @Nullable String text(ConfigValue value) {
        return switch (value.valueType()) {
            case STRING, NUMBER, BOOLEAN -> value.atKey("it").getString("it");
            case OBJECT, LIST, NULL -> null;
        };
    }

    private static String kind(ConfigValue value) {
        return switch (value.valueType()) {
            case OBJECT -> "an object";
            case LIST -> "a list";
            case NUMBER -> "the number " + value.unwrapped();
            case BOOLEAN -> "the word " + value.unwrapped();
            case STRING -> "a text";
            case NULL -> "null";
        };
    }
}
