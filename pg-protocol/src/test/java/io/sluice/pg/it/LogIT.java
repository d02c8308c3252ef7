package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.RawPgClient;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the keys under {@code log} make Sluice write. */
class LogIT {
    private static final String ANSWERED = "answered by Sluice: ";

    @Test
    void aLineForEachErrorThatIsNotTheServers() throws Exception {
        try (TestProxy proxy =
                        TestProxy.start(
                                SharedPostgres.backend(),
                                "sluice.pool { max = 1, acquire-timeout = 2s }");
                LogLines log = new LogLines();
                RawPgClient holder = proxy.login("acme");
                RawPgClient client = proxy.login("acme")) {
            assertThatThrownBy(() -> wrongPassword(proxy)).hasMessageContaining("28P01");
            assertThat(Answers.error(client.query("select 1/0")).sqlState()).isEqualTo("22012");
            client.send(FrontendBytes.bind("", "unknown"), FrontendBytes.sync()).readUntilReady();
            holder.query("begin");
            assertThat(Answers.error(client.query("select 1")).sqlState()).isEqualTo("53300");

            assertThat(log.containing(ANSWERED + "28P01 "))
                    .singleElement()
                    .asString()
                    .startsWith("WARN client=127.0.0.1:");
            assertThat(log.containing(ANSWERED + "53300 "))
                    .singleElement()
                    .asString()
                    .startsWith("WARN session=")
                    .contains(" pool=");
            assertThat(log.containing(ANSWERED + "26000 ")).hasSize(1);
            assertThat(log.containing(ANSWERED)).hasSize(3);
        }
    }

    private static void wrongPassword(TestProxy proxy) throws Exception {
        try (RawPgClient client = proxy.connect()) {
            client.login("app.acme", "wrong", Map.of("database", "app"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void onlyTheLinesThatAreAskedFor(boolean wanted) throws Exception {
        try (TestProxy proxy =
                        TestProxy.start(
                                SharedPostgres.backend(),
                                "sluice.log { connections = %1$s, disconnections = %1$s, pooler-errors = %1$s, slow-query = %2$s }"
                                        .formatted(wanted, wanted ? "1ms" : "off"));
                LogLines log = new LogLines()) {
            assertThatThrownBy(() -> wrongPassword(proxy)).hasMessageContaining("28P01");
            try (RawPgClient client = proxy.login("acme")) {
                client.query("select pg_sleep(0.01)");
            }
            await().until(() -> proxy.onSessions(session -> session.id()).isEmpty());

            assertThat(log.containing(ANSWERED)).hasSize(wanted ? 1 : 0);
            assertThat(log.containing("was not let in")).hasSize(wanted ? 1 : 0);
            assertThat(log.containing(" let in")).hasSize(wanted ? 2 : 0);
            assertThat(log.containing("closed: ")).hasSize(wanted ? 1 : 0);
            assertThat(log.containing("slow session=")).hasSize(wanted ? 1 : 0);
        }
    }
}
