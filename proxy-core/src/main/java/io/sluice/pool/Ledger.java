package io.sluice.pool;

import io.sluice.net.Loop;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Knows how many server connections are open, and for whom: per process, backend, tenant, database
 * and user.
 *
 * <p>A pool asks before it opens a connection and reports when one closed; in between the ledger is
 * not involved. A request that finds an account full waits there, and one other pool is asked to
 * give up a connection for it, so that a full pool cannot starve an empty one: a pool that has one
 * to spare, else the pool that has most, which then owes the next that comes back. At most one pool
 * is asked at a time for each request, and the debt ends with it. Who could not be asked at first
 * is looked at again in each sweep. Where the pool that waits has nothing, a giver that does not
 * give in time is let off and the next richest is asked: the leases of the richest may be endless.
 *
 * <p><b>Threads:</b> at home on one loop; its methods hop there, unless they say else. Pools are
 * answered on their own loops.
 */
public final class Ledger {
    private final Loop home;
    private final Map<String, Account> accounts = new ConcurrentHashMap<>();
    private long requests;

    public Ledger(Loop home) {
        this.home = home;
    }

    /** Begins to look after those who wait; on the home loop. */
    public void start() {
        home.addSweep(_ -> sweep());
    }

    /**
     * The account of that name, made on first use. Any thread.
     *
     * @param limit most connections; 0: no limit; replaces an earlier one
     */
    public Account account(String name, int limit) {
        Account account = accounts.computeIfAbsent(name, n -> new Account(n, limit));
        account.setLimit(limit);
        return account;
    }

    /** Limits may have been raised: who waits for a permit may get one. Any thread. */
    public void limitsChanged() {
        onHome(() -> serve(accounts.values()));
    }

    /**
     * Asks for one permit; the pool hears of it by {@link Pool#onPermit}, now or later.
     *
     * @param drawnOn from the widest to the narrowest
     */
    void request(Pool pool, List<Account> drawnOn) {
        Permit permit = new Permit(pool, drawnOn);
        onHome(() -> {
            permit.setNumber(++requests);
            decide(permit);
        });
    }

    /**
     * Asks for one permit that nobody needs yet: it is refused where there is no room, by {@link
     * Pool#onNoRoom}, and no other pool is asked to give way.
     */
    void requestSpare(Pool pool, List<Account> drawnOn) {
        Permit permit = new Permit(pool, drawnOn);
        onHome(() -> {
            if (narrowestFull(permit) == null) {
                grant(permit);
            } else {
                pool.loop().execute(pool::onNoRoom);
            }
        });
    }

    /** The connection that {@code permit} stood for is closed, or was never opened. */
    void release(Permit permit) {
        onHome(() -> {
            Holding holding = permit.pool().holding();
            holding.addOpen(-1);
            permit.accounts().forEach(account -> account.release(holding));
            Permit beneficiary = permit.beneficiary();
            if (beneficiary != null) {
                decideAgain(beneficiary); // ahead of older ones: it was given up for this one
            }
            serve(permit.accounts());
            while (holding.owed().size() > holding.open()) {
                Permit unpaid = holding.owed().iterator().next();
                takeBack(unpaid);
                seekGiver(unpaid);
            }
        });
    }

    /** The pool was asked for an idle connection, and has none any more. */
    void nothingIdle(Pool pool, Permit request) {
        onHome(() -> {
            Holding giver = pool.holding();
            if (!giver.owed().contains(request)) { // else it was asked again since, for its next
                onAnswer(giver, request);
                seekGiver(request);
            }
        });
    }

    /** The pool wants no more permits than it has. */
    void withdraw(Pool pool, List<Account> drawnOn) {
        onHome(() -> {
            for (Account account : drawnOn) {
                Iterator<Permit> all = account.waiting().iterator();
                while (all.hasNext()) {
                    Permit request = all.next();
                    if (request.pool() == pool) {
                        all.remove();
                        request.setBlockedBy(null);
                        takeBack(request);
                        pool.loop().execute(pool::onRequestWithdrawn);
                    }
                }
            }
        });
    }

    private void onHome(Runnable task) {
        if (home.isCurrent()) {
            task.run();
        } else {
            home.execute(task);
        }
    }

    // ---- granting

    private void decide(Permit request) {
        Account full = narrowestFull(request);
        if (full == null) {
            grant(request);
        } else {
            request.setBlockedBy(full);
            full.waiting().add(request);
            seekGiver(request);
        }
    }

    /** What is given up in the narrowest makes room in those around it, too. */
    private static @Nullable Account narrowestFull(Permit request) {
        for (Account account : request.accounts().reversed()) {
            if (!account.hasRoom()) {
                return account;
            }
        }
        return null;
    }

    private static void grant(Permit permit) {
        Pool pool = permit.pool();
        Holding holding = pool.holding();
        holding.addOpen(1);
        permit.forgetLetOff();
        permit.accounts().forEach(account -> account.draw(holding));
        // Never from within a pool's own call: its books must be closed when it hears of this.
        pool.loop().execute(() -> pool.onPermit(permit));
    }

    /** Grants {@code request}, or has it wait where it is full now; nothing if it does not wait. */
    private void decideAgain(Permit request) {
        Account full = request.blockedBy();
        if (full != null) {
            full.waiting().remove(request);
            request.setBlockedBy(null);
            takeBack(request);
            decide(request);
        }
    }

    /** There may be room in {@code freed}: the oldest requests get it. */
    private void serve(Collection<Account> freed) {
        Permit oldest = oldestThatMayPass(freed);
        while (oldest != null) {
            decideAgain(oldest);
            oldest = oldestThatMayPass(freed);
        }
    }

    private static @Nullable Permit oldestThatMayPass(Collection<Account> freed) {
        Permit oldest = null;
        for (Account account : freed) {
            if (!account.waiting().isEmpty() && account.hasRoom()) {
                Permit first = account.waiting().first();
                if (oldest == null || first.number() < oldest.number()) {
                    oldest = first;
                }
            }
        }
        return oldest;
    }

    // ---- asking others to give way

    /** Has another pool asked, if {@code request} still waits and none is, and one is to give. */
    private void seekGiver(Permit request) {
        Account full = request.blockedBy();
        if (full == null || request.asked() != null) {
            return;
        }
        Holding own = request.pool().holding();
        Holding spare = null;
        Holding richest = null;
        for (Holding other : full.holders()) {
            if (other == own) {
                continue;
            }
            if (other.pool().spareConnections() > 0 && isRicher(other, spare)) {
                spare = other;
            }
            if (isRicher(other, richest)) {
                richest = other;
            }
        }
        if (spare != null) {
            askForIdle(request, spare);
        } else if (richest != null && isToGive(richest, own)) {
            askForNext(request, richest);
        }
    }

    private static boolean isRicher(Holding one, @Nullable Holding other) {
        return other == null || one.remaining() > other.remaining();
    }

    private static boolean isToGive(Holding giver, Holding taker) {
        return giver.remaining() > taker.due() + 1 || (taker.due() == 0 && giver.remaining() > 0);
    }

    private void askForIdle(Permit request, Holding giver) {
        ask(request, giver);
        Pool pool = giver.pool();
        pool.loop().execute(() -> pool.giveIdle(request));
    }

    private void askForNext(Permit request, Holding giver) {
        ask(request, giver);
        giver.owed().add(request);
        Pool pool = giver.pool();
        pool.loop().execute(() -> pool.giveNext(request));
    }

    private void ask(Permit request, Holding giver) {
        request.setAsked(giver);
        request.setAskedAt(home.now());
        request.pool().holding().addExpected(1);
    }

    /** {@code giver} gives nothing for {@code request} any more. */
    private static void onAnswer(Holding giver, Permit request) {
        if (request.asked() == giver) {
            request.setAsked(null);
            request.pool().holding().addExpected(-1);
            giver.owed().remove(request);
        }
    }

    private static void takeBack(Permit request) {
        Holding giver = request.asked();
        if (giver != null) {
            onAnswer(giver, request);
            Pool pool = giver.pool();
            pool.loop().execute(() -> pool.onNoLongerAsked(request));
        }
    }

    /** Linear in what waits and who has something: it runs beside traffic. */
    void sweep() {
        for (Account account : accounts.values()) {
            if (!account.waiting().isEmpty()) {
                seekSpare(account);
                seekFaster(account);
                seekRichest(account);
            }
        }
    }

    /** Connections that are spare by now go to the oldest requests, one to each. */
    private void seekSpare(Account full) {
        Set<Permit> requests = new LinkedHashSet<>();
        for (Permit request : full.waiting()) {
            Holding asked = request.asked();
            if (asked == null || asked.owed().contains(request)) {
                requests.add(request);
            }
        }
        for (Holding giver : full.holders()) {
            int spare = giver.pool().spareConnections();
            Iterator<Permit> unserved = requests.iterator();
            while (spare > 0 && unserved.hasNext()) {
                Permit request = unserved.next();
                if (request.pool() != giver.pool()) {
                    unserved.remove();
                    takeBack(request);
                    askForIdle(request, giver);
                    spare--;
                }
            }
        }
    }

    /**
     * Lets off a giver that is late, where nothing else is to be had by who waits. One request at a
     * time, as each looks at all holders; and of each pool only the oldest, as it is to get one.
     */
    private void seekFaster(Account full) {
        long now = home.now();
        Set<Holding> seen = new HashSet<>();
        for (Permit request : full.waiting()) {
            Holding giver = request.asked();
            Holding own = request.pool().holding();
            if (giver != null
                    && own.open() == 0
                    && giver.owed().contains(request)
                    && seen.add(own)
                    && request.isOverdue(now)) {
                askAnother(request, giver, full);
                return;
            }
        }
    }

    /** All are asked in turn; when all were, anew, and each for longer. */
    private void askAnother(Permit request, Holding late, Account full) {
        request.letOff(late);
        Holding next = richestNotLetOff(request, late, full);
        if (next == null) {
            request.forgetLetOff();
            next = richestNotLetOff(request, late, full);
            if (next != null) {
                request.doublePatience();
            }
        }
        if (next == null) {
            request.setAskedAt(home.now());
        } else {
            takeBack(request);
            askForNext(request, next);
        }
    }

    private static @Nullable Holding richestNotLetOff(Permit request, Holding late, Account full) {
        Holding richest = null;
        for (Holding other : full.holders()) {
            if (other != late
                    && other.remaining() > 0
                    && !request.isLetOff(other)
                    && isRicher(other, richest)) {
                richest = other;
            }
        }
        return richest;
    }

    /** Shares may have shifted since: one request at a time, lest too much is asked for. */
    private void seekRichest(Account full) {
        Holding richest = null;
        for (Holding holder : full.holders()) {
            if (isRicher(holder, richest)) {
                richest = holder;
            }
        }
        for (Permit request : full.waiting()) {
            Holding own = request.pool().holding();
            if (richest != null
                    && request.asked() == null
                    && own != richest
                    && isToGive(richest, own)) {
                askForNext(request, richest);
                return;
            }
        }
    }
}
