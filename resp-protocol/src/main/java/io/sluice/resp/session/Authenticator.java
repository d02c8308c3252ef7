package io.sluice.resp.session;

import io.sluice.tenant.Destination;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Checks who a client of one connection says it is. Any thread. */
public interface Authenticator {
    /**
     * Where a client goes that has proved to be that; empty if it has not.
     *
     * @param loop what the stage completes on, unless it is complete at once
     */
    CompletionStage<Optional<Destination>> check(Credentials credentials, Executor loop);

    /** The tenant that a client names by these credentials, whether or not there is such a one. */
    String claimed(Credentials credentials);
}
