package io.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.TenantConfig;
import io.sluice.config.TierConfig;
import io.sluice.guard.Guards;
import io.sluice.guard.Operation;
import io.sluice.guard.Outcome;
import io.sluice.guard.Refusal;
import io.sluice.net.Clock;
import io.sluice.net.Loop;
import io.sluice.net.Loops;
import io.sluice.net.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A tenant's limits hold for the tenant, not for each loop that serves it. */
class GuardBookTest {
    private static final int LIMIT = 3;

    private final Loops loops = new Loops(Transport.NIO, 2, Clock.SYSTEM);
    private final List<GuardBook> books = new ArrayList<>();

    @BeforeEach
    void books() {
        ConcurrentMap<String, AtomicInteger> running = new ConcurrentHashMap<>();
        loops.forEach(loop -> books.add(new GuardBook(loop, running)));
    }

    @AfterEach
    void stop() {
        loops.close();
    }

    private static TenantConfig tenant(String name) {
        return new TenantConfig(name, new TierConfig("small", LIMIT, 0, 0), 0, 0, 0, Map.of());
    }

    private static final class AnyOperation extends Operation {}

    private <T extends @Nullable Object> T on(int index, Supplier<T> question) {
        Loop loop = loops.get(index);
        return CompletableFuture.supplyAsync(question, loop.executor()).join();
    }

    private @Nullable Refusal begin(int loop, String tenant, Operation operation) {
        return on(loop, () -> books.get(loop).of(tenant(tenant)).check(operation));
    }

    private void end(int loop, String tenant, Operation operation) {
        on(
                loop,
                () -> {
                    Guards guards = books.get(loop).of(tenant(tenant));
                    guards.settled(operation, Outcome.OK);
                    return true;
                });
    }

    @Test
    void operationsOnAllLoopsCountTogether() {
        var first = new AnyOperation();
        assertThat(begin(0, "acme", first)).isNull();
        assertThat(begin(1, "acme", new AnyOperation())).isNull();
        assertThat(begin(1, "acme", new AnyOperation())).isNull();

        assertThat(begin(0, "acme", new AnyOperation()))
                .isEqualTo(new Refusal.TooManyOperations("acme", LIMIT));
        assertThat(begin(1, "acme", new AnyOperation())).isNotNull();
        assertThat(begin(1, "globex", new AnyOperation())).as("another tenant's").isNull();

        end(0, "acme", first);
        assertThat(begin(1, "acme", new AnyOperation())).isNull();
        assertThat(begin(0, "acme", new AnyOperation())).isNotNull();
    }

    @Test
    void neitherLoopEverSeesMoreThanTheLimitWhenBothAreBusy() {
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        var done = new ArrayList<CompletableFuture<Void>>();
        for (int i = 0; i < 2; i++) {
            Loop loop = loops.get(i);
            Guards guards =
                    Objects.requireNonNull(on(i, () -> books.get(loop.index()).of(tenant("acme"))));
            done.add(
                    CompletableFuture.runAsync(
                            () -> {
                                List<Operation> mine = new ArrayList<>();
                                for (int round = 0; round < 50_000; round++) {
                                    var next = new AnyOperation();
                                    if (guards.check(next) == null) {
                                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                                        mine.add(next);
                                    } else if (!mine.isEmpty()) {
                                        running.decrementAndGet();
                                        guards.settled(mine.removeLast(), Outcome.OK);
                                    }
                                }
                                while (!mine.isEmpty()) {
                                    running.decrementAndGet();
                                    guards.settled(mine.removeLast(), Outcome.OK);
                                }
                            },
                            loop.executor()));
        }
        done.forEach(CompletableFuture::join);

        assertThat(most).hasValueBetween(1, LIMIT);
        for (int i = 0; i < LIMIT; i++) {
            assertThat(begin(0, "acme", new AnyOperation())).as("all were given back").isNull();
        }
        assertThat(begin(0, "acme", new AnyOperation())).isNotNull();
    }
}
