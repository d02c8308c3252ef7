package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.console.Reply;
import io.sluice.console.Table;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JsonTest {

    @Test
    void escapesWhateverTenantsCallThings() {
        Table table =
                new Table(
                        List.of(
                                new Table.Column("name", Table.Type.TEXT),
                                new Table.Column("n", Table.Type.INT8)),
                        List.of(
                                new @Nullable Object[] {"a\"b\\c\n\u0001</script>é", 1L},
                                new @Nullable Object[] {null, null}));

        assertThat(Json.of(new Reply.Rows(table, "SHOW", List.of("careful"))))
                .isEqualTo(
                        """
                        {"tag":"SHOW","columns":[{"name":"name","type":"text"},{"name":"n","type":"int8"}],"rows":[
                        {"name":"a\\"b\\\\c\\n\\u0001\\u003c/script>é","n":1},
                        {"name":null,"n":null}],"notices":["careful"]}\
                        """);
    }

    @Test
    void wordsOtherRepliesToo() {
        assertThat(Json.of(new Reply.Done("PAUSE")))
                .isEqualTo("{\"tag\":\"PAUSE\",\"notices\":[]}");
        assertThat(Json.of(new Reply.Notice("a", "b", "SET")))
                .isEqualTo("{\"tag\":\"SET\",\"notices\":[\"a\",\"b\"]}");
        assertThat(Json.of(new Reply.Failure(Reply.Failure.Kind.BAD_CONFIGURATION, "no")))
                .isEqualTo("{\"failure\":\"bad-configuration\",\"message\":\"no\"}");
    }
}
