package io.sluice.fanout;

import io.sluice.guard.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Opens links when the test says so. Confined to the hub's loop. */
final class FakeUpstream implements Upstream {
    final List<FakeLink> links = new ArrayList<>();

    /** What the hub must not have done. */
    final List<String> faults = new ArrayList<>();

    private @Nullable Hub asking;

    @Override
    public void open(Hub hub) {
        if (asking != null) {
            faults.add("asked twice");
        }
        if (!links.isEmpty() && links.getLast().isOpen()) {
            faults.add("asked while there is a link");
        }
        asking = hub;
    }

    boolean isAsked() {
        return asking != null;
    }

    FakeLink accept() {
        Hub hub = Objects.requireNonNull(asking, "nobody asks");
        asking = null;
        FakeLink link = new FakeLink(hub, faults);
        links.add(link);
        hub.onOpened(link);
        return link;
    }

    void refuse(Duration retryAfter) {
        Hub hub = Objects.requireNonNull(asking, "nobody asks");
        asking = null;
        hub.onUnavailable(
                new Refusal.BackendUnavailable("acme", "connection refused", "", retryAfter));
    }

    /** The present link; null if there is none. */
    @Nullable FakeLink link() {
        return links.isEmpty() || !links.getLast().isOpen() ? null : links.getLast();
    }
}
