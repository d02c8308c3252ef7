package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What documents say of the source is so. */
class DocumentsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern TEST = Pattern.compile("`(\\w+(?:IT|Test))\\.(\\w+)`");

    @Test
    void namesTestsThatExist() throws IOException {
        Map<String, String> sources = new HashMap<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : modules.toList()) {
                readTests(module.resolve("src/test/java"), sources);
            }
        }
        List<String> named =
                TEST.matcher(text(ROOT.resolve("docs/behaviours.md")))
                        .results()
                        .map(found -> found.group(1) + "." + found.group(2))
                        .toList();
        assertThat(named).hasSizeGreaterThan(100);
        assertThat(named)
                .allSatisfy(test -> {
                    String type = test.substring(0, test.indexOf('.'));
                    String method = test.substring(test.indexOf('.') + 1);
                    assertThat(sources.getOrDefault(type, "")).contains("void " + method + "(");
                });
    }

    private static void readTests(Path folder, Map<String, String> sources) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .forEach(file -> sources.put(name(file), text(file)));
            }
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
