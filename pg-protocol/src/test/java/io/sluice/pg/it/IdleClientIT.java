package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.errors;
import static io.sluice.pg.it.Answers.rows;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a session gives back when it is idle is nothing that its client would miss. */
class IdleClientIT {
    private static final VirtualClock CLOCK = new VirtualClock();
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy =
                TestProxy.start(
                        SharedPostgres.backend().host() + ":" + SharedPostgres.backend().port(),
                        CLOCK,
                        "sluice.pool.max = 1");
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @Test
    void statementsPreparedBeforeAnIdleTimeAreThereAfterIt() throws Exception {
        try (RawPgClient client = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            var prepared = client.send(parse("named", "SELECT 'named'"), sync()).readUntilReady();
            prepared.addAll(
                    client.send(parse("", "SELECT 'unnamed'"), bind("", ""), sync())
                            .readUntilReady());
            assertThat(errors(prepared)).isEmpty();
            idle();
            // Another's unnamed statement takes the place of the client's on the server.
            other.send(parse("", "SELECT 'other'"), sync()).readUntilReady();
            assertThat(rows(run(client, ""))).isEqualTo("unnamed");
            client.query("SELECT 1"); // drops the unnamed one, as PostgreSQL does
            idle();
            assertThat(rows(run(client, "named"))).isEqualTo("named");
            assertThat(errors(run(client, ""))).isEqualTo("26000");
        }
    }

    @Test
    void aPipelineAfterAnIdleTimeIsAnsweredInOrder() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            assertThat(client.queryOne("SELECT 1")).isEqualTo("1");
            idle();
            client.send(parse("a", "SELECT 'a'"), bind("", "a"), execute("", 0), sync());
            client.send(bind("", "a"), execute("", 0), sync());
            assertThat(rows(client.readUntilReady())).isEqualTo("a");
            assertThat(rows(client.readUntilReady())).isEqualTo("a");
        }
    }

    private static List<PgMessage> run(RawPgClient client, String statement) throws IOException {
        return client.send(bind("", statement), execute("", 0), sync()).readUntilReady();
    }

    /** Long enough for a session to give back what it can. */
    private static void idle() {
        CLOCK.advance(Duration.ofSeconds(2));
        Sweeps.awaitIdle(proxy.sluice());
    }
}
