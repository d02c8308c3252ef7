package io.sluice.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.SingleThreadEventLoop;
import io.sluice.config.PoolConfig;
import io.sluice.metrics.Stats;
import io.sluice.net.Loop;
import io.sluice.net.Loops;
import io.sluice.net.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Pools that contend for connections which they may not all have. Ledger and pools are on two
 * loops, so that messages between them are really sent; time stands still but for {@link #pass},
 * and sweeps are made by the test.
 */
@Timeout(60)
class LedgerTest {
    /** Leases last much longer than it takes the ledger to look again. */
    private static final int MANY = 20;

    /** More than any chain of messages between ledger and pools is long. */
    private static final int HOPS = 12;

    private final AtomicLong clock = new AtomicLong(1_000_000_000L);
    private final Loops loops = new Loops(Transport.NIO, 2, clock::get);
    private final Loop home = loops.get(0);
    private final Loop traffic = loops.get(1);
    private final Ledger ledger = new Ledger(home);
    private final List<Pool> pools = new ArrayList<>();
    private final List<FakeConnection> connections = new ArrayList<>();

    @AfterEach
    void end() {
        loops.close();
    }

    @Test
    void onePoolGivesUpOneConnectionForOneRequestHoweverLongItsLeasesLast() {
        Account backend = ledger.account("backend", 4);
        Pool busy = pool("busy", backend);
        Pool starved = pool("starved", backend);
        List<FakeClient> running = acquire(busy, 4);
        acquire(busy, 8);
        FakeClient client = acquire(starved, 1).getFirst();

        sweep(MANY);
        assertThat(client.hasLease()).isFalse();
        giveBack(running);

        assertThat(client.hasLease()).isTrue();
        assertThat(closedOf(busy)).isEqualTo(1);
        assertThat(open(busy)).isEqualTo(3);
        sweep(MANY);
        assertThat(closedOf(busy)).isEqualTo(1);
        assertThat(openedBy(busy)).as("none was opened anew").isEqualTo(4);
    }

    @Test
    void onePoolGivesUpAsManyAsMakeBothEqual() {
        Account backend = ledger.account("backend", 8);
        Pool rich = pool("rich", backend);
        Pool poor = pool("poor", backend);
        List<FakeClient> running = acquire(rich, 8);
        acquire(rich, 12);
        acquire(poor, 8);

        sweep(MANY);
        giveBack(running);
        sweep(MANY);

        assertThat(open(rich)).isEqualTo(4);
        assertThat(open(poor)).isEqualTo(4);
        assertThat(closedOf(rich)).isEqualTo(4);
        assertThat(closedOf(poor)).isZero();
    }

    @Test
    void aDebtEndsWhenTheRequestIsServedByAnother() {
        Account backend = ledger.account("backend", 4);
        Pool asked = pool("asked", backend);
        Pool other = pool("other", backend);
        Pool starved = pool("starved", backend);
        List<FakeClient> running = acquire(asked, 3);
        acquire(other, 1);
        FakeClient client = acquire(starved, 1).getFirst();

        loseConnection(other);
        assertThat(client.hasLease()).isTrue();
        giveBack(running);
        sweep(MANY);

        assertThat(closedOf(asked)).isZero();
        assertThat(open(asked)).isEqualTo(3);
    }

    @Test
    void aDebtEndsWhenNobodyWaitsAnyMore() {
        Account backend = ledger.account("backend", 2);
        Pool asked = pool("asked", backend);
        Pool starved = pool("starved", backend);
        List<FakeClient> running = acquire(asked, 2);
        FakeClient client = acquire(starved, 1).getFirst();

        on(
                traffic,
                () -> {
                    starved.cancelWait(client);
                    return true;
                });
        sweep(1);
        giveBack(running);
        sweep(MANY);

        assertThat(closedOf(asked)).isZero();
        assertThat(open(asked)).isEqualTo(2);
    }

    @Test
    void whoHasLostAllThatItHadOwesNothingAndAnotherIsAsked() {
        Account backend = ledger.account("backend", 3);
        Pool asked = pool("asked", backend);
        Pool older = pool("older", backend);
        acquire(asked, 1);
        acquire(pool("third", backend), 1);
        List<FakeClient> running = acquire(older, 1);
        FakeClient first = acquire(older, 1).getFirst();
        FakeClient second = acquire(pool("starved", backend), 1).getFirst();

        loseConnection(asked);
        assertThat(first.hasLease()).as("the older request").isTrue();
        assertThat(second.hasLease()).isFalse();
        giveBack(running);

        assertThat(second.hasLease()).isTrue();
        assertThat(closedOf(older)).isEqualTo(1);
    }

    @Test
    void aSpareConnectionIsTakenRatherThanABusyOne() {
        Account backend = ledger.account("backend", 4);
        Pool busy = pool("busy", backend);
        Pool idle = pool("idle", backend);
        List<FakeClient> running = acquire(busy, 3);
        giveBack(acquire(idle, 1));
        sweep(2);

        FakeClient client = acquire(pool("starved", backend), 1).getFirst();

        assertThat(client.hasLease()).isTrue();
        assertThat(closedOf(idle)).isEqualTo(1);
        giveBack(running);
        assertThat(closedOf(busy)).isZero();
    }

    @Test
    void whoHasAsManyAsOthersGetsWhatIsIdleFromOneSweepToTheNext() {
        Account backend = ledger.account("backend", 4);
        Pool one = pool("one", backend);
        Pool other = pool("other", backend);
        List<FakeClient> running = acquire(one, 2);
        acquire(other, 2);
        FakeClient client = acquire(other, 1).getFirst();
        sweep(MANY);

        giveBack(running.subList(0, 1));
        assertThat(client.hasLease()).isFalse();
        sweep(2);

        assertThat(client.hasLease()).isTrue();
        assertThat(open(one)).isEqualTo(1);
        assertThat(open(other)).isEqualTo(3);
    }

    @Test
    void aConnectionThatIsUsedAgainAndAgainIsNotSpare() {
        Account backend = ledger.account("backend", 2);
        Pool one = pool("one", backend);
        Pool other = pool("other", backend);
        giveBack(acquire(one, 1));
        acquire(other, 1);
        FakeClient client = acquire(other, 1).getFirst();

        for (int i = 0; i < MANY; i++) {
            sweep(1);
            giveBack(acquire(one, 1));
        }

        assertThat(client.hasLease()).isFalse();
        assertThat(closedOf(one)).isZero();
        sweep(2);
        assertThat(client.hasLease()).isTrue();
    }

    @Test
    void whatBecomesSpareEndsTheDebtOfWhoIsBusy() {
        Account backend = ledger.account("backend", 4);
        Pool busy = pool("busy", backend);
        Pool other = pool("other", backend);
        List<FakeClient> running = acquire(busy, 3);
        List<FakeClient> brief = acquire(other, 1);
        FakeClient client = acquire(pool("starved", backend), 1).getFirst();

        giveBack(brief);
        sweep(2);
        assertThat(client.hasLease()).isTrue();
        giveBack(running);
        sweep(MANY);

        assertThat(closedOf(busy)).isZero();
        assertThat(closedOf(other)).isEqualTo(1);
    }

    @Test
    void whoIsAtACapOfItsOwnTakesNothingFromThoseOutside() {
        Account process = ledger.account("process", 4);
        Account tenant = ledger.account("tenant", 1);
        Pool sibling = pool("sibling", process, tenant);
        Pool outside = pool("outside", process);
        List<FakeClient> ofSibling = acquire(sibling, 1);
        List<FakeClient> ofOutside = acquire(outside, 3);
        FakeClient client = acquire(pool("starved", process, tenant), 1).getFirst();

        giveBack(ofOutside);
        sweep(MANY);
        assertThat(closedOf(outside)).isZero();
        assertThat(client.hasLease()).isFalse();
        giveBack(ofSibling);

        assertThat(client.hasLease()).isTrue();
        assertThat(closedOf(outside)).isZero();
    }

    @Test
    void aRaisedLimitServesWhoWaitsAndEndsTheDebt() {
        Account backend = ledger.account("backend", 2);
        Pool asked = pool("asked", backend);
        List<FakeClient> running = acquire(asked, 2);
        FakeClient client = acquire(pool("starved", backend), 1).getFirst();

        ledger.account("backend", 3);
        ledger.limitsChanged();
        settle();

        assertThat(client.hasLease()).isTrue();
        giveBack(running);
        assertThat(closedOf(asked)).isZero();
    }

    @Test
    void whoseLeasesDoNotEndIsLetOffAndTheNextRichestGives() {
        Account backend = ledger.account("backend", 5);
        Pool slow = pool("slow", backend);
        Pool brisk = pool("brisk", backend);
        List<FakeClient> endless = acquire(slow, 3);
        List<FakeClient> brief = acquire(brisk, 2);
        List<FakeClient> next = acquire(brisk, 4);
        FakeClient client = acquire(pool("starved", backend), 1).getFirst();

        pass(Duration.ofSeconds(1));
        sweep(MANY);
        giveBack(brief);
        assertThat(client.hasLease()).as("while the richest may still give in time").isFalse();
        pass(Duration.ofMillis(1));
        sweep(1);
        giveBack(next.subList(0, 2));

        assertThat(client.hasLease()).isTrue();
        assertThat(closedOf(brisk)).isEqualTo(1);
        giveBack(endless);
        assertThat(closedOf(slow)).as("its debt is over").isZero();
    }

    @Test
    void ofManyRequestsOfAPoolThatHasNothingOneIsAskedOfTheNextRichest() {
        Account backend = ledger.account("backend", 13);
        Pool slow = pool("slow", backend);
        Pool brisk = pool("brisk", backend);
        Pool starved = pool("starved", backend);
        acquire(slow, 10);
        List<FakeClient> brief = acquire(brisk, 3);
        acquire(starved, 4);

        pass(Duration.ofSeconds(2));
        sweep(MANY);
        giveBack(brief);
        sweep(1);

        assertThat(open(starved)).isEqualTo(1);
        assertThat(closedOf(brisk)).isEqualTo(1);
    }

    @Test
    void whenAllWereLateTheyAreAskedAnewAndForLonger() {
        Account backend = ledger.account("backend", 5);
        Pool richest = pool("richest", backend);
        Pool other = pool("other", backend);
        List<FakeClient> ofRichest = acquire(richest, 3);
        List<FakeClient> ofOther = acquire(other, 2);
        acquire(richest, 3);
        acquire(other, 2);
        FakeClient client = acquire(pool("starved", backend), 1).getFirst();

        pass(Duration.ofMillis(1001));
        sweep(1);
        pass(Duration.ofMillis(1001));
        sweep(1);
        pass(Duration.ofMillis(2000));
        sweep(1);
        giveBack(ofOther);
        assertThat(client.hasLease()).as("the richest is asked again").isFalse();
        giveBack(ofRichest);

        assertThat(client.hasLease()).isTrue();
        assertThat(closedOf(richest)).isEqualTo(1);
        assertThat(closedOf(other)).isZero();
    }

    @Test
    void whoIsLateStaysAskedIfThereIsNoOther() {
        Account backend = ledger.account("backend", 2);
        Pool only = pool("only", backend);
        List<FakeClient> running = acquire(only, 2);
        acquire(only, 2);
        FakeClient client = acquire(pool("starved", backend), 1).getFirst();

        for (int i = 0; i < MANY; i++) {
            pass(Duration.ofSeconds(2));
            sweep(1);
        }
        giveBack(running);

        assertThat(client.hasLease()).isTrue();
        assertThat(closedOf(only)).isEqualTo(1);
    }

    @Test
    void whoHasSomethingWaitsForTheRichest() {
        Account backend = ledger.account("backend", 8);
        Pool richest = pool("richest", backend);
        Pool other = pool("other", backend);
        Pool poor = pool("poor", backend);
        List<FakeClient> ofRichest = acquire(richest, 4);
        List<FakeClient> ofOther = acquire(other, 3);
        acquire(poor, 1);
        FakeClient client = acquire(poor, 1).getFirst();

        pass(Duration.ofSeconds(10));
        acquire(other, 3);
        sweep(1);
        giveBack(ofOther);
        assertThat(closedOf(other)).isZero();
        giveBack(ofRichest);

        assertThat(client.hasLease()).isTrue();
        assertThat(closedOf(richest)).isEqualTo(1);
    }

    @Test
    void anAnswerThatArrivesLateDoesNotEndWhatWasAskedSince() {
        Account backend = ledger.account("backend", 3);
        Pool asked = pool("asked", backend);
        List<FakeClient> running = acquire(asked, 3);
        FakeClient client = acquire(pool("starved", backend), 1).getFirst();

        on(
                home,
                () -> {
                    ledger.nothingIdle(asked, backend.waiting().first());
                    return true;
                });
        settle();
        giveBack(running);

        assertThat(client.hasLease()).isTrue();
        assertThat(closedOf(asked)).isEqualTo(1);
    }

    @Test
    void whatOnePoolCannotBeGivenByItselfItIsGivenByAnother() {
        Account backend = ledger.account("backend", 2);
        Pool one = pool("one", backend);
        Pool other = pool("other", backend);
        List<FakeClient> running = new ArrayList<>(acquire(one, 1));
        running.addAll(acquire(other, 1));
        ledger.request(one, List.of(backend));
        ledger.request(other, List.of(backend));
        settle();

        giveBack(running);
        sweep(2);

        assertThat(closedOf(one)).isEqualTo(1);
        assertThat(closedOf(other)).isEqualTo(1);
        assertThat(on(home, () -> backend.waiting().size())).isZero();
    }

    // ---- what the tests do

    private Pool pool(String name, Account... accounts) {
        var config =
                new PoolConfig(
                        0,
                        20,
                        0,
                        Duration.ZERO,
                        1000,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        0,
                        Duration.ZERO,
                        Duration.ZERO);
        Pool pool =
                new Pool(
                        new PoolKey("fake", name, "main", "app", "app", "", 0),
                        traffic,
                        config,
                        ledger,
                        List.of(accounts),
                        this::open,
                        new Stats(),
                        new Switches());
        pools.add(pool);
        return pool;
    }

    private ServerConnection open(Pool pool, Permit permit, ServerConnection.Opening opening) {
        var connection = new FakeConnection(pool, permit);
        connections.add(connection);
        traffic.execute(() -> opening.opened(connection));
        return connection;
    }

    private List<FakeClient> acquire(Pool pool, int count) {
        List<FakeClient> clients =
                on(
                        traffic,
                        () -> {
                            var all = new ArrayList<FakeClient>();
                            for (int i = 0; i < count; i++) {
                                var client = new FakeClient();
                                all.add(client);
                                pool.acquire(client);
                            }
                            return all;
                        });
        settle();
        return clients;
    }

    private void giveBack(List<FakeClient> clients) {
        on(
                traffic,
                () -> {
                    clients.forEach(FakeClient::giveBack);
                    return true;
                });
        settle();
    }

    /** A connection of {@code pool} ends by itself. */
    private void loseConnection(Pool pool) {
        on(
                traffic,
                () -> {
                    pool.connections().getFirst().close("lost");
                    return true;
                });
        settle();
    }

    /** Has time pass, for all that the loops do from now on. */
    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
        endTurn(home);
        endTurn(traffic);
    }

    private static void endTurn(Loop loop) {
        var ended = new CompletableFuture<Boolean>();
        ((SingleThreadEventLoop) loop.executor())
                .executeAfterEventLoopIteration(() -> ended.complete(true));
        ended.join();
    }

    private void sweep(int times) {
        for (int i = 0; i < times; i++) {
            on(
                    traffic,
                    () -> {
                        pools.forEach(pool -> pool.sweep(traffic.now()));
                        return true;
                    });
            on(
                    home,
                    () -> {
                        ledger.sweep();
                        return true;
                    });
            settle();
        }
    }

    /** Waits until ledger and pools have told each other all they have to tell. */
    private void settle() {
        for (int i = 0; i < HOPS; i++) {
            on(home, () -> true);
            on(traffic, () -> true);
        }
    }

    private int open(Pool pool) {
        return on(traffic, () -> pool.connections().size());
    }

    private long openedBy(Pool pool) {
        return on(traffic, () -> connections.stream().filter(c -> c.pool() == pool).count());
    }

    /** How many of its own accord: what was lost does not count. */
    private long closedOf(Pool pool) {
        return on(
                traffic,
                () -> connections.stream().filter(c -> c.pool() == pool && c.gaveWay()).count());
    }

    private static <T> T on(Loop loop, Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, loop.executor()).join();
    }
}
