package io.sluice.fanout;

import java.util.ArrayList;
import java.util.List;

/**
 * Who does not read what it is sent. Above the hard limit a subscriber is dropped at once, above
 * the soft one if it stays there; nobody else waits for it.
 *
 * <p><b>Threads:</b> confined to the hub's loop.
 */
final class SlowSubscribers {
    private final Hub hub;
    private final List<Subscriptions> slow = new ArrayList<>();

    SlowSubscribers(Hub hub) {
        this.hub = hub;
    }

    int size() {
        return slow.size();
    }

    /** Looks at one that has just been written to. */
    void look(Subscriptions subscriptions) {
        if (subscriptions.hasLeft()) {
            return;
        }
        HubSettings settings = hub.settings();
        long unsent = subscriptions.unsent();
        if (unsent <= settings.unsentSoft()) {
            return;
        }
        if (unsent > settings.unsentHard()) {
            subscriptions.flushNow(); // it may not have had the chance yet
            unsent = subscriptions.unsent();
            if (unsent > settings.unsentHard()) {
                hub.evictSlow(
                        subscriptions,
                        "it has %d bytes of messages unread, the limit is %d"
                                .formatted(unsent, settings.unsentHard()));
                return;
            }
        }
        if (!subscriptions.isSlow() && !subscriptions.hasLeft()) {
            subscriptions.slowSince(hub.loop().now());
            slow.add(subscriptions);
        }
    }

    void sweep(long now) {
        HubSettings settings = hub.settings();
        for (int i = slow.size() - 1; i >= 0; i--) {
            Subscriptions subscriptions = slow.get(i);
            if (subscriptions.hasLeft()) {
                remove(i);
                continue;
            }
            long unsent = subscriptions.unsent();
            if (unsent <= settings.unsentSoft()) {
                remove(i);
                subscriptions.notSlow();
            } else if (now - subscriptions.slowSince() >= settings.softFor().toNanos()) {
                remove(i);
                hub.evictSlow(
                        subscriptions,
                        "it has had more than %d bytes of messages unread for %d ms, now %d"
                                .formatted(
                                        settings.unsentSoft(),
                                        settings.softFor().toMillis(),
                                        unsent));
            }
        }
    }

    private void remove(int index) {
        int last = slow.size() - 1;
        slow.set(index, slow.get(last));
        slow.remove(last);
    }
}
