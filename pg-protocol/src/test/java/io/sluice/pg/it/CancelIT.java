package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static io.sluice.pg.it.Answers.errors;
import static io.sluice.testbed.FrontendBytes.cancelRequest;
import static io.sluice.testbed.FrontendBytes.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.RawPgClient;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A cancel request stops what its own client is doing, and nothing else. */
class CancelIT {
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy = SharedPostgres.proxyWithOneConnection();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    private static void awaitQuery(String tag) {
        await().until(() -> SharedPostgres.backend().running(tag) == 1);
    }

    @Test
    void aRunningQueryIsStoppedAndItsClientStays() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            client.send(query("SELECT pg_sleep(60), 'stop_me'"));
            awaitQuery("stop_me");
            client.cancel();
            assertThat(errors(client.readUntilReady())).isEqualTo("57014");
            assertThat(client.queryOne("SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void aWaitingClientIsCancelledWithoutDisturbingWhoHoldsTheServer() throws Exception {
        try (RawPgClient holder = proxy.login("acme");
                RawPgClient waiter = proxy.login("acme")) {
            holder.query("BEGIN");
            waiter.send(query("SELECT 'never run'"));
            await().until(() -> proxy.onPools(pool -> pool.waiting()).contains(1));
            waiter.cancel();
            assertThat(errors(waiter.readUntilReady())).isEqualTo("57014");
            assertThat(holder.queryOne("SELECT 'undisturbed'")).isEqualTo("undisturbed");
            holder.query("COMMIT");
            assertThat(waiter.queryOne("SELECT 'later'")).isEqualTo("later");
        }
    }

    @Test
    void aWrongKeyAndAnIdleClientAreIgnored() throws Exception {
        try (RawPgClient client = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            client.send(query("SELECT pg_sleep(0.3), 'spared'"));
            awaitQuery("spared");
            byte[] wrong = client.cancelKey().secret();
            wrong[0] ^= 1;
            try (RawPgClient stranger = proxy.connect()) {
                stranger.send(cancelRequest(client.cancelKey().pid(), wrong));
                assertThat(stranger.atEnd()).isTrue();
            }
            other.cancel();
            assertThat(errors(client.readUntilReady())).isEmpty();
        }
    }

    @Test
    void keysOfClientsSayNothingOfEachOther() throws Exception {
        List<RawPgClient> clients = new ArrayList<>();
        try {
            Set<Integer> secrets = new HashSet<>();
            Set<Integer> distances = new HashSet<>();
            int last = 0;
            for (int i = 0; i < 50; i++) {
                RawPgClient client = proxy.login("acme");
                clients.add(client);
                int secret = ByteBuffer.wrap(client.cancelKey().secret()).getInt();
                secrets.add(secret);
                distances.add(secret - last);
                last = secret;
            }
            assertThat(secrets).as("secrets").hasSize(50);
            assertThat(distances).as("distances of one to the next").hasSize(50);
            assertThat(clients.stream().map(client -> client.cancelKey().pid()).distinct())
                    .hasSize(50);
        } finally {
            for (RawPgClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void aHundredCancelsAtOnceNeverTouchTheOtherClientOfTheServer() throws Exception {
        int cancelled = 0;
        try (RawPgClient victim = proxy.login("acme");
                RawPgClient impatient = proxy.login("acme");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 10; round++) {
                impatient.send(query("SELECT pg_sleep(0.02 * " + round % 5 + ")"));
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    all.add(
                            threads.submit(() -> {
                                impatient.cancel();
                                return null;
                            }));
                }
                // It waits for the very server, and gets it next.
                victim.send(query("SELECT pg_sleep(0.001), 'unharmed'"));
                String code = errors(impatient.readUntilReady());
                assertThat(code).isIn("", "57014");
                cancelled += code.isEmpty() ? 0 : 1;
                assertThat(errors(victim.readUntilReady())).isEmpty();
                while (!all.stream().allMatch(Future::isDone)) {
                    assertThat(victim.queryOne("SELECT pg_sleep(0.001), 'unharmed'")).isEmpty();
                }
                for (Future<?> one : all) {
                    one.get();
                }
            }
        }
        assertThat(cancelled).isPositive();
        awaitAllIdle(proxy);
    }

    @Test
    void manyCancelsNeverTouchTheNextUserOfTheServer() throws Exception {
        try (RawPgClient victim = proxy.login("acme");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                try (RawPgClient impatient = proxy.login("acme")) {
                    impatient.send(query("SELECT pg_sleep(0.002 * " + i % 5 + ")"));
                    all.add(
                            threads.submit(() -> {
                                impatient.cancel();
                                return null;
                            }));
                    impatient.readUntilReady();
                    assertThat(victim.queryOne("SELECT pg_sleep(0.001), 'unharmed'")).isEmpty();
                    all.getLast().get();
                }
            }
        }
        awaitAllIdle(proxy);
    }
}
