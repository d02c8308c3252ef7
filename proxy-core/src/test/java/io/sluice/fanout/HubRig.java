package io.sluice.fanout;

import io.sluice.metrics.Stats;
import io.sluice.net.Loop;
import io.sluice.net.Loops;
import io.sluice.net.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** A hub on a loop of its own, with a server and a clock that do what the test says. */
final class HubRig implements AutoCloseable {
    static final TopicKind CHANNEL = new TopicKind("channel", 0, 0);
    static final TopicKind PATTERN = new TopicKind("pattern", 1, 0);
    static final TopicKind SHARD = new TopicKind("shard", 2, 1);

    static final Duration RETRY_PAUSE = Duration.ofSeconds(1);
    static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
    static final Duration PROBE_AFTER = Duration.ofSeconds(20);
    static final Duration SOFT_FOR = Duration.ofSeconds(60);
    static final long HARD = 32_000;
    static final long SOFT = 8_000;

    final AtomicLong clock = new AtomicLong(1_000_000_000L);
    final Loops loops = new Loops(Transport.NIO, 1, clock::get);
    final Loop loop = loops.get(0);
    final FakeUpstream upstream = new FakeUpstream();
    final Stats stats = new Stats();
    final Hub hub;

    HubRig() {
        this(settings(1000, 100_000, 1_000_000));
    }

    HubRig(HubSettings settings) {
        hub = new Hub("acme", loop, settings, upstream, stats);
    }

    static HubSettings settings(int topicsPerSubscriber, int topicsInAll, long nameBytes) {
        return new HubSettings(
                topicsPerSubscriber,
                topicsInAll,
                nameBytes,
                HARD,
                SOFT,
                SOFT_FOR,
                ANSWER_TIMEOUT,
                PROBE_AFTER,
                RETRY_PAUSE);
    }

    /** Does something in one turn of the loop, and returns when the turn has ended. */
    void turn(Runnable actions) {
        CompletableFuture.runAsync(actions, loop.executor()).join();
        endTurn();
        List<String> faults = ask(() -> List.copyOf(upstream.faults));
        if (!faults.isEmpty()) {
            throw new AssertionError(faults);
        }
    }

    <T> T ask(Supplier<T> question) {
        return CompletableFuture.supplyAsync(question, loop.executor()).join();
    }

    /** Returns when what was put to the end of the turn has been done. */
    private void endTurn() {
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        loop.execute(() -> loop.atTurnEnd(() -> ended.complete(true)));
        ended.join();
    }

    /** Time goes on, and the hub looks at its deadlines. */
    void pass(Duration time) {
        clock.addAndGet(time.toNanos());
        turn(() -> hub.sweep(clock.get()));
    }

    FakeSubscriber join() {
        return ask(() -> new FakeSubscriber(hub));
    }

    FakeLink link() {
        return Objects.requireNonNull(upstream.link(), "no link");
    }

    /** The server does all that it was asked, and the hub hears it. */
    void answerAll() {
        turn(() -> link().answerAll());
    }

    /** Opens the link that the hub asks for, and has everything answered. */
    FakeLink open() {
        turn(upstream::accept);
        answerAll();
        return link();
    }

    HubSnapshot snapshot() {
        return ask(hub::snapshot);
    }

    @Override
    public void close() {
        loops.close();
    }
}
