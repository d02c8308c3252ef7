package io.sluice.pool;

import io.sluice.net.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Knows how many server connections are open, and for whom: per process, backend, tenant, database
 * and user.
 *
 * <p>A pool asks before it opens a connection and reports when one closed; in between the ledger is
 * not involved. Where a cap is reached the pool that has most of it is asked to give up its next
 * freed connection, so that a full pool cannot starve an empty one.
 *
 * <p><b>Threads:</b> at home on one loop; its public methods hop there. Pools are answered on their
 * own loops.
 */
public final class Ledger {
    private final Loop home;
    private final Map<String, Account> accounts = new ConcurrentHashMap<>();
    private final ArrayDeque<Permit> waiting = new ArrayDeque<>();
    private final Map<Pool, Integer> held = new HashMap<>();

    public Ledger(Loop home) {
        this.home = home;
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
        onHome(this::serveWaiting);
    }

    /** Asks for one permit; the pool hears of it by {@link Pool#onPermit}, now or later. */
    void request(Pool pool, List<Account> drawnOn) {
        Permit permit = new Permit(pool, drawnOn);
        onHome(() -> decide(permit));
    }

    /**
     * Asks for one permit that nobody needs yet: it is refused where there is no room, by {@link
     * Pool#onNoRoom}, and no other pool is asked to give way.
     */
    void requestSpare(Pool pool, List<Account> drawnOn) {
        Permit permit = new Permit(pool, drawnOn);
        onHome(() -> {
            if (firstFull(permit) == null) {
                grant(permit);
            } else {
                pool.loop().execute(pool::onNoRoom);
            }
        });
    }

    /**
     * Somebody still waits for a permit of {@code pool}: whoever is asked to give way may have had
     * nothing to give the first time.
     */
    void remind(Pool pool) {
        onHome(() -> {
            for (Permit permit : waiting) {
                Account full = permit.pool() == pool ? firstFull(permit) : null;
                if (full != null) {
                    askToShed(full, pool);
                    return;
                }
            }
        });
    }

    /** The connection that {@code permit} stood for is closed, or was never opened. */
    void release(Permit permit) {
        onHome(() -> {
            permit.accounts().forEach(Account::release);
            held.merge(permit.pool(), -1, (have, less) -> have == 1 ? null : have + less);
            serveWaiting();
        });
    }

    /** The pool wants no more permits than it has. */
    void withdraw(Pool pool) {
        onHome(() -> {
            Iterator<Permit> all = waiting.iterator();
            while (all.hasNext()) {
                if (all.next().pool() == pool) {
                    all.remove();
                    pool.loop().execute(pool::onRequestWithdrawn);
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

    private void decide(Permit permit) {
        Account full = firstFull(permit);
        if (full == null) {
            grant(permit);
        } else {
            waiting.add(permit);
            askToShed(full, permit.pool());
        }
    }

    private static @Nullable Account firstFull(Permit permit) {
        for (Account account : permit.accounts()) {
            if (!account.hasRoom()) {
                return account;
            }
        }
        return null;
    }

    private void grant(Permit permit) {
        permit.accounts().forEach(Account::draw);
        held.merge(permit.pool(), 1, Integer::sum);
        Pool pool = permit.pool();
        // Never from within a pool's own call: its books must be closed when it hears of this.
        pool.loop().execute(() -> pool.onPermit(permit));
    }

    private void serveWaiting() {
        List<Permit> granted = new ArrayList<>();
        Iterator<Permit> all = waiting.iterator();
        while (all.hasNext()) {
            Permit permit = all.next();
            if (firstFull(permit) == null) {
                all.remove();
                permit.accounts().forEach(Account::draw);
                held.merge(permit.pool(), 1, Integer::sum);
                granted.add(permit);
            }
        }
        for (Permit permit : granted) {
            permit.pool().loop().execute(() -> permit.pool().onPermit(permit));
        }
    }

    /** The pool with most connections of a full account gives one up to a pool that has fewer. */
    private void askToShed(Account full, Pool asking) {
        Pool richest = null;
        int most = 0;
        for (Map.Entry<Pool, Integer> entry : held.entrySet()) {
            Pool pool = entry.getKey();
            if (pool != asking
                    && pool.drawsOn(full)
                    && (entry.getValue() > most || (entry.getValue() == most && pool.hasIdle()))) {
                richest = pool;
                most = entry.getValue();
            }
        }
        int own = held.getOrDefault(asking, 0);
        if (richest != null && (most > own + 1 || own == 0 || richest.hasIdle())) {
            Pool giver = richest;
            giver.loop().execute(giver::giveWay);
        }
    }
}
