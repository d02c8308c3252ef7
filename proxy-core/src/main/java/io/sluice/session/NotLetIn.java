package io.sluice.session;

import io.sluice.guard.Refusal;
import java.time.Duration;

/** Why a client is not let in, before any protocol puts it into words. */
public sealed interface NotLetIn {

    /** In one line, for the log. */
    String reason();

    /** As many connections are logging in as may. */
    record TooManyAtOnce(int limit) implements NotLetIn {
        @Override
        public String reason() {
            return "more than %d connections log in (max-unauthenticated)".formatted(limit);
        }
    }

    /** It has not proved who it is in time. */
    record TooLate(Duration limit) implements NotLetIn {
        @Override
        public String reason() {
            return "login timeout";
        }
    }

    /**
     * Too many logins of its address have failed: it is not even asked for a proof.
     *
     * @param tenant the one that it names, whether or not it exists
     * @param pause how long it has to wait
     */
    record TooManyFailures(int limit, String tenant, Duration pause) implements NotLetIn {
        @Override
        public String reason() {
            return "more than %d failed logins of its address at %s within a minute (failed-logins)"
                    .formatted(limit, tenant);
        }

        /** {@link #pause} in seconds, rounded up. */
        public long seconds() {
            return pause.plusMillis(999).toSeconds();
        }
    }

    /** It has proved who it is, and there is no room for it, or nothing is served. */
    record Refused(Refusal refusal) implements NotLetIn {
        @Override
        public String reason() {
            return refusal.message();
        }
    }

    /** What it has come for was there when it logged in, and is not by now. */
    record ConfigurationChanged() implements NotLetIn {
        @Override
        public String reason() {
            return "the configuration has changed";
        }
    }

    /** A bug of ours. */
    record Bug(Throwable failure) implements NotLetIn {
        @Override
        public String reason() {
            return "internal error: " + failure;
        }
    }
}
