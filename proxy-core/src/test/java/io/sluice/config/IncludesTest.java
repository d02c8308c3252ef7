package io.sluice.config;

import static io.sluice.config.ConfigFolder.ONE_TENANT;
import static io.sluice.config.ConfigFolder.user;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IncludesTest {
    @TempDir Path temp;
    private ConfigFolder folder;

    @BeforeEach
    void folder() {
        folder = new ConfigFolder(temp);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "include \"tenants/acme.conf\"",
                "include file(\"tenants/acme.conf\")",
                "include required(\"tenants/acme.conf\")",
                "include required(file(\"tenants/acme.conf\"))"
            })
    void areRelativeToTheIncludingFile(String include) {
        folder.write("tenants/acme.conf", "include \"more/deep.conf\"\n" + ONE_TENANT);
        folder.write("tenants/more/deep.conf", "sluice.pool.max = 9");

        assertThat(user(folder.config(include), "app").pool().max()).isEqualTo(9);
    }

    @Test
    void keepTheirOwnFileAndLineInMessages() {
        folder.write("tenants/acme.conf", "\nsluice.pool { max = 3\n  maxx = 4 }\nsluice.x = 1");

        assertThat(folder.errors("include \"tenants/acme.conf\"\nsluice.pool.min = two"))
                .containsExactly(
                        "sluice.conf:2: sluice.pool.min: must be a whole number, is \"two\"",
                        "tenants/acme.conf:3: sluice.pool.maxx: unknown key (did you mean \"max\"?)",
                        "tenants/acme.conf:4: sluice.x: unknown key (known here: " + known() + ")");
    }

    /** Whatever is known right below sluice, as the message for another unknown key tells it. */
    private String known() {
        String error = folder.errors("sluice.xyzxyzxyz = 1").getFirst();
        return error.substring(error.indexOf("known here: ") + 12, error.length() - 1);
    }

    @Test
    void anObjectOfTwoFilesIsToldWhereItBegins() {
        folder.write("a.conf", "sluice.nonsense { a = 1 }");

        assertThat(folder.errors("include \"a.conf\"\nsluice.nonsense { b = 1 }"))
                .singleElement()
                .asString()
                .startsWith("a.conf:1: sluice.nonsense: unknown key");
    }

    @Test
    void aFileThatIsNotThereIsAnError() {
        assertThat(folder.errors("\ninclude \"none.conf\""))
                .containsExactly(
                        "sluice.conf:2: include \"none.conf\": there is no file none.conf to include");
    }

    @Test
    void aFileThatIncludesItselfIsAnError() {
        folder.write("a.conf", "include \"a.conf\"");

        assertThat(folder.errors("include \"a.conf\""))
                .containsExactly("a.conf:1: include \"a.conf\": a.conf includes itself");
    }

    @ParameterizedTest
    @ValueSource(strings = {"url(\"http://127.0.0.1:1/x.conf\")", "classpath(\"reference.conf\")"})
    void onlyFilesAreIncluded(String what) {
        assertThat(folder.errors("include " + what))
                .singleElement()
                .asString()
                .startsWith("sluice.conf:1: include")
                .contains("switched off: only files");
    }

    @Test
    void brokenSyntaxInAnIncludedFileIsToldThere() {
        folder.write("a.conf", "sluice {\n pool [\n}");

        assertThat(folder.errors("include \"a.conf\""))
                .singleElement()
                .asString()
                .startsWith("a.conf:");
    }
}
