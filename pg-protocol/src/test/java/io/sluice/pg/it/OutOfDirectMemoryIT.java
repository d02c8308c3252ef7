package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.RawPgClient;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who gets no buffer loses its connection; nobody else notices. */
class OutOfDirectMemoryIT {
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start(SharedPostgres.backend());
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    /** What Netty's allocators throw when -XX:MaxDirectMemorySize is used up. */
    private static final class Exhausted extends AbstractByteBufAllocator {
        Exhausted() {
            super(true);
        }

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            throw new OutOfMemoryError("provoked: a heap buffer");
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            throw new OutOfMemoryError("provoked: a direct buffer");
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }

    private static void exhaust(@Nullable Channel channel) {
        Objects.requireNonNull(channel).config().setAllocator(new Exhausted());
    }

    @Test
    void aClientWithoutABufferIsClosedAndItsTransactionRolledBack() throws Exception {
        try (RawPgClient other = proxy.login("acme");
                RawPgClient client = proxy.login("acme")) {
            other.query("create table if not exists out_of_memory (n int)");
            client.query("begin");
            client.query("insert into out_of_memory values (1)");
            proxy.onSessions(session -> {
                if (session.server() != null) {
                    exhaust(session.channel());
                }
                return true;
            });

            client.send(FrontendBytes.query("commit"));

            await().until(() -> proxy.onSessions(session -> session.id()).size() == 1);
            assertThat(other.queryOne("select count(*) from out_of_memory")).isEqualTo("0");
            await().until(() -> proxy.leases() == 0);
        }
        awaitAllIdle(proxy);
    }

    @Test
    void aServerConnectionWithoutABufferIsReplacedAndTheClientStays() throws Exception {
        try (RawPgClient client = proxy.login("globex")) {
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            proxy.onPools(pool -> {
                pool.connections().forEach(connection -> exhaust(connection.channel()));
                return true;
            });

            assertThat(Answers.error(client.query("select 2")).sqlState()).isEqualTo("58000");

            assertThat(client.queryOne("select 3")).isEqualTo("3");
        }
        awaitAllIdle(proxy);
    }
}
