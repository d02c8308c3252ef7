package io.sluice.guard;

import java.time.Duration;

/**
 * Why the proxy does not do what a client asked, before any protocol puts it into words. Texts are
 * complete sentences for people; no user input goes into them.
 */
public sealed interface Refusal {

    /** What, where, which limit, and what it is now. */
    String message();

    /** What to do about it. */
    String hint();

    /** Nobody gave a connection back in time. */
    record WaitTimedOut(String pool, Duration waited, int size, int waiting) implements Refusal {
        @Override
        public String message() {
            return "no server connection of pool %s became free within %d ms (pool size %d, %d clients waiting)"
                    .formatted(pool, waited.toMillis(), size, waiting);
        }

        @Override
        public String hint() {
            return "Retry later, hold transactions shorter, or raise pool.max.";
        }
    }

    /** The line of waiting clients is as long as it may be. */
    record QueueFull(String pool, int limit) implements Refusal {
        @Override
        public String message() {
            return "the wait queue of pool %s is full (max-waiters %d)".formatted(pool, limit);
        }

        @Override
        public String hint() {
            return "Retry later, or raise pool.max.";
        }
    }

    /** No connection to the server can be made at present; {@code code} is the server's own. */
    record BackendUnavailable(String pool, String cause, String code, Duration retryAfter)
            implements Refusal {
        @Override
        public String message() {
            return "pool %s cannot connect to its server: %s".formatted(pool, cause);
        }

        @Override
        public String hint() {
            return "The proxy tries again in %d ms.".formatted(retryAfter.toMillis());
        }
    }

    /** A tenant has as many operations unanswered as its tier allows. */
    record TooManyOperations(String tenant, int limit) implements Refusal {
        @Override
        public String message() {
            return "tenant %s has %d operations running, the limit of its tier (max-concurrent %d)"
                    .formatted(tenant, limit, limit);
        }

        @Override
        public String hint() {
            return "Retry when one of them is answered.";
        }
    }

    /** One client more than a limit allows. */
    record TooManyClients(String what, int limit) implements Refusal {
        @Override
        public String message() {
            return "too many clients: %s allows %d".formatted(what, limit);
        }

        @Override
        public String hint() {
            return "Close sessions that are not needed, or raise max-clients.";
        }
    }

    /** A database that an operator has switched off. */
    record DatabaseDisabled(String database) implements Refusal {
        @Override
        public String message() {
            return "database %s does not take new sessions (DISABLE)".formatted(database);
        }

        @Override
        public String hint() {
            return "An operator can ENABLE it in the console.";
        }
    }

    /** The process is on its way down. */
    record ShuttingDown() implements Refusal {
        @Override
        public String message() {
            return "sluice is shutting down";
        }

        @Override
        public String hint() {
            return "Connect again.";
        }
    }
}
