package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/memory.md is about the options that are shipped. */
class MemoryDocumentTest {
    private static final Pattern CODE = Pattern.compile("`([^`\\n]+)`");

    @Test
    void explainsEveryOptionOfTheJvmAndNoOther() throws IOException {
        String memory = Files.readString(Path.of("../docs/memory.md"));
        List<String> explained =
                memory.substring(memory.indexOf("## The options"))
                        .lines()
                        .filter(line -> line.startsWith("| `"))
                        .map(line -> line.substring(0, line.indexOf('|', 1)))
                        .flatMap(cell -> CODE.matcher(cell).results().map(found -> found.group(1)))
                        .flatMap(code -> Stream.of(code.split(" ")))
                        .toList();

        assertThat(explained).containsExactlyInAnyOrderElementsOf(SluiceCommand.options());
    }
}
