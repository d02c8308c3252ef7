package io.sluice.resp.tenancy;

import io.sluice.resp.command.PrefixUse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has to be rewritten in each of the replies that EXEC brings. */
public final class QueuedReplies {
    private final List<PrefixUse> uses = new ArrayList<>();

    /** A further command is queued; null: its reply names nothing. */
    public void add(@Nullable PrefixUse use) {
        uses.add(use == null ? PrefixUse.ALLOWED : use);
    }

    int size() {
        return uses.size();
    }

    PrefixUse get(int command) {
        return uses.get(command);
    }
}
