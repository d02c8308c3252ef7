package io.sluice.session;

import io.sluice.net.Loop;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All sessions at home on one loop. Confined to it. */
public final class Sessions {
    /** Sweeps between two looks at one idle session. */
    private static final int IDLE_SWEEPS = 10;

    private final Loop loop;
    private @Nullable ClientSession first;
    private int size;
    private int sweeps;

    public Sessions(Loop loop) {
        this.loop = loop;
    }

    /** Begins to look after idle sessions; on the loop. */
    public void start() {
        loop.addSweep(this::sweep);
    }

    public int size() {
        return size;
    }

    public void add(ClientSession session) {
        assert loop.isCurrent() : loop + " used on " + Thread.currentThread();
        ClientSession head = first;
        session.nextSession = head;
        if (head != null) {
            head.previousSession = session;
        }
        first = session;
        size++;
    }

    public void remove(ClientSession session) {
        assert loop.isCurrent() : loop + " used on " + Thread.currentThread();
        ClientSession before = session.previousSession;
        ClientSession after = session.nextSession;
        if (before == null) {
            first = after;
        } else {
            before.nextSession = after;
        }
        if (after != null) {
            after.previousSession = before;
        }
        session.nextSession = null;
        session.previousSession = null;
        size--;
    }

    /** Visits every session; the visitor may end the one it is given. */
    public void forEach(Consumer<ClientSession> visitor) {
        assert loop.isCurrent() : loop + " used on " + Thread.currentThread();
        ClientSession session = first;
        while (session != null) {
            ClientSession next = session.nextSession;
            visitor.accept(session);
            session = next;
        }
    }

    private void sweep(long now) {
        if (++sweeps % IDLE_SWEEPS == 0) {
            forEach(session -> {
                if (!session.isWaiting() && session.lease() == null) {
                    session.onIdleSweep(now);
                }
            });
        }
    }
}
