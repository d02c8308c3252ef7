package io.sluice.documents;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What documents say of the source is so. */
class DocumentsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern TEST = Pattern.compile("`(\\w+(?:IT|Test))\\.(\\w+)`");

    /** A type with its package below ours, if that is said, and a member, if one is. */
    private static final Pattern TYPE =
            Pattern.compile("((?:[a-z]+\\.)*)([A-Z]\\w*)(?:\\.(\\w+))?");

    private static final Pattern CONSTANT = Pattern.compile("[A-Z][A-Z_]+");
    private static final Pattern CODE = Pattern.compile("`([^`\\n]+)`");
    private static final Pattern PARTICIPANT = Pattern.compile("participant \\w+ as (.*)");
    private static final Pattern CALL = Pattern.compile("[A-Z]\\w+\\.[a-z]\\w+(?=\\(|\\n|:)");
    private static final Set<String> OF_THE_JDK = Set.of("ServiceLoader", "sun.misc.Signal");

    /** A key of the configuration, and what it is if nobody says anything. */
    private static final Pattern DEFAULT =
            Pattern.compile("`([a-z][a-z.-]*)` \\[([^\\] ]+)[^\\]]*\\]");

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

    private static final Pattern DECLARATION =
            Pattern.compile("\\b(?:class|record|interface|enum) (\\w+)");

    private static final Map<String, String> SOURCES = sources();

    /** By the simple name of a type the sources in which one of that name is declared. */
    private static final Map<String, List<String>> DECLARING = declaring();

    private static final String MANUAL = Manuals.text();
    private static final Config DEFAULTS = Manuals.defaults();

    // ---- types and tests

    @Test
    void namesTestsThatExist() {
        List<String> named =
                TEST.matcher(text("docs/behaviours.md"))
                        .results()
                        .map(found -> found.group(1) + "." + found.group(2))
                        .toList();
        assertThat(named).hasSizeGreaterThan(100);
        assertThat(named)
                .allSatisfy(test -> {
                    String type = test.substring(0, test.indexOf('.'));
                    String method = test.substring(test.indexOf('.') + 1);
                    assertThat(sourcesOf(type))
                            .anySatisfy(text -> assertThat(text).contains("void " + method + "("));
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"docs/architecture.md", "docs/design-decisions.md"})
    void namesTypesAndMembersThatExist(String document) {
        String text = text(document);
        List<String> named = new ArrayList<>(all(CODE, text));
        for (String participants : all(PARTICIPANT, text)) {
            named.addAll(List.of(participants.replaceAll("\\(.*", "").split(" \\+ ", -1)));
        }
        CALL.matcher(text).results().map(MatchResult::group).forEach(named::add);
        named.removeAll(OF_THE_JDK);

        List<String> missing =
                named.stream()
                        .map(String::strip)
                        .filter(name -> TYPE.matcher(name).matches() && !exists(name))
                        .toList();

        assertThat(named).hasSizeGreaterThan(20);
        assertThat(missing).isEmpty();
    }

    private static boolean exists(String name) {
        if (CONSTANT.matcher(name).matches()) {
            return SOURCES.values().stream().anyMatch(source -> hasWord(source, name));
        }
        Matcher parts = TYPE.matcher(name);
        if (!parts.matches()) {
            throw new IllegalArgumentException(name);
        }
        String member = parts.group(3);
        List<String> declaring =
                parts.group(1).isEmpty()
                        ? sourcesOf(parts.group(2))
                        : Stream.of("io.sluice." + parts.group(1) + parts.group(2))
                                .filter(SOURCES::containsKey)
                                .map(SOURCES::get)
                                .toList();
        return declaring.stream().anyMatch(source -> member == null || hasWord(source, member));
    }

    /** The sources of every type of that name, nested ones included. */
    private static List<String> sourcesOf(String type) {
        return DECLARING.getOrDefault(type, List.of());
    }

    private static Map<String, List<String>> declaring() {
        var declaring = new HashMap<String, List<String>>();
        SOURCES.values()
                .forEach(source ->
                        all(DECLARATION, source).stream()
                                .distinct()
                                .forEach(type ->
                                        declaring
                                                .computeIfAbsent(type, _ -> new ArrayList<>())
                                                .add(source)));
        return declaring;
    }

    // ---- keys

    @Test
    void namesKeysForThoseOfPgBouncerThatTheManualHas() {
        String readme = text("README.md");
        List<String> keys =
                readme.substring(
                                readme.indexOf("## From PgBouncer"),
                                readme.indexOf("## How it compares"))
                        .lines()
                        .filter(line -> line.startsWith("| `"))
                        .map(line -> line.substring(line.indexOf(" | ")))
                        .flatMap(ours -> all(CODE, ours).stream())
                        .toList();

        assertThat(keys).hasSizeGreaterThan(40);
        assertThat(keys).allSatisfy(key -> assertThat(isInTheManual(key)).isTrue());
    }

    /** Such as {@code pool.max}, or what only a comment shows: {@code users.<u>.verify}. */
    private static boolean isInTheManual(String key) {
        String path = key.replaceAll("[ =].*", "");
        if (path.matches("[a-z][a-z.-]*")
                && (DEFAULTS.hasPathOrNull("sluice." + path)
                        || DEFAULTS.hasPathOrNull("sluice.postgres." + path))) {
            return true;
        }
        String words = key.replaceAll("<[^>]*>|\"[^\"]*\"|=.*", " ");
        return Stream.of(words.split("[^a-z-]+", -1))
                .filter(word -> !word.isEmpty())
                .allMatch(word ->
                        word.startsWith("-") ? MANUAL.contains(word) : hasWord(MANUAL, word));
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/postgres.md", "docs/redis.md"})
    void tellsTheDefaultsThatTheManualTells(String document) {
        List<MatchResult> told =
                text(document)
                        .lines()
                        // Of a row, what comes after PgBouncer's own keys and DEFAULTS.
                        .map(line -> line.replaceFirst("^\\| .*? \\| ", ""))
                        .flatMap(line -> DEFAULT.matcher(line).results())
                        .toList();

        assertThat(told).hasSizeGreaterThan(10);
        assertThat(told)
                .allSatisfy(found -> {
                    String key = "sluice." + found.group(1);
                    assertThat(DEFAULTS.hasPath(key)).as(key).isTrue();
                    assertThat(DEFAULTS.getValue(key).unwrapped())
                            .as(key)
                            .hasToString(found.group(2));
                });
    }

    // ---- links

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "docs/architecture.md",
                "docs/behaviours.md",
                "docs/design-decisions.md",
                "docs/memory.md",
                "docs/metrics.md",
                "docs/postgres.md",
                "docs/redis.md",
                "bench/RESULTS.md"
            })
    void linksToWhatIsThere(String document) {
        Path file = ROOT.resolve(document);
        assertThat(all(LINK, text(document)))
                .filteredOn(link -> !link.contains("://"))
                .allSatisfy(link -> {
                    String[] parts = link.split("#", 2);
                    Path target = parts[0].isEmpty() ? file : file.resolveSibling(parts[0]);
                    assertThat(target).exists();
                    if (parts.length == 2) {
                        assertThat(anchors(target)).contains(parts[1]);
                    }
                });
    }

    /** What headings are linked to by. */
    private static List<String> anchors(Path document) {
        return text(document)
                .lines()
                .filter(line -> line.startsWith("#"))
                .map(line ->
                        line.replaceFirst("#+ ", "")
                                .toLowerCase(Locale.ROOT)
                                .replaceAll("[^\\w -]", "")
                                .replace(' ', '-'))
                .toList();
    }

    // ---- reading

    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(found -> found.group(1)).toList();
    }

    private static boolean hasWord(String text, String word) {
        return Pattern.compile("(?<![\\w-])" + Pattern.quote(word) + "(?![\\w-])")
                .matcher(text)
                .find();
    }

    /** All sources by the full names of their types, those of tests included. */
    private static Map<String, String> sources() {
        var sources = new TreeMap<String, String>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : modules.toList()) {
                read(module.resolve("src/main/java"), sources);
                read(module.resolve("src/test/java"), sources);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sources;
    }

    private static void read(Path folder, Map<String, String> sources) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .forEach(file -> sources.put(name(folder.relativize(file)), text(file)));
            }
        }
    }

    private static String name(Path file) {
        return file.toString().replace(".java", "").replace('/', '.');
    }

    private static String text(String file) {
        return text(ROOT.resolve(file));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
