package io.sluice.resp.session;

import io.sluice.net.Loop;
import io.sluice.tenant.Destination;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Checks who a client of one connection says it is, and counts how often it is wrong. Any thread.
 */
public interface Authenticator {
    /**
     * Looks at a proof.
     *
     * @param loop the one that this is called on, and that the stage completes on unless it is
     *     complete at once
     */
    CompletionStage<Verdict> check(Credentials credentials, Loop loop);

    /**
     * Where a client goes that proves nothing: where listener or TLS server name say the tenant,
     * and its default user is trusted. Null if it has to prove who it is.
     */
    @Nullable Destination unasked();
}
