package io.sluice.pg.statement;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names under which one client has prepared statements. Confined to its session's loop. */
public final class ClientStatements {
    private final StatementTable table;
    private @Nullable Map<String, Named> byName;
    private long bytes;

    /**
     * A statement under a client's name.
     *
     * @param epoch the statement's when this client prepared it
     */
    public record Named(PreparedStatement statement, int epoch) {
        /** Whether the result type has changed since the client prepared it. */
        public boolean isStale() {
            return epoch != statement.epoch();
        }
    }

    public ClientStatements(StatementTable table) {
        this.table = table;
    }

    /** What a statement under a name counts as. */
    public static long bytes(String name, int bodyLength) {
        return name.length() + (long) bodyLength;
    }

    private static long bytes(String name, Named named) {
        return bytes(name, named.statement().body().length);
    }

    /** The names that there are now. */
    public List<String> names() {
        return byName == null ? List.of() : List.copyOf(byName.keySet());
    }

    public @Nullable Named get(String name) {
        return byName == null ? null : byName.get(name);
    }

    /** Takes over one use of {@code statement} that the table has counted. */
    public void put(String name, PreparedStatement statement) {
        put(name, new Named(statement, statement.epoch()));
    }

    /** Puts back what {@link #take} took. */
    public void put(String name, Named named) {
        Map<String, Named> names = byName;
        if (names == null) {
            names = new HashMap<>(2);
            byName = names;
        }
        bytes += bytes(name, named);
        Named former = names.put(name, named);
        if (former != null) {
            bytes -= bytes(name, former);
            table.release(former.statement());
        }
    }

    /** This client has seen the new type of {@code statement}'s result. */
    public void renew(PreparedStatement statement) {
        if (byName != null) {
            byName.replaceAll((name, named) ->
                    named.statement() == statement
                            ? new Named(statement, statement.epoch())
                            : named);
        }
    }

    /** Takes a name out; the caller puts it back or has it forgotten. */
    public @Nullable Named take(String name) {
        Named taken = byName == null ? null : byName.remove(name);
        if (taken != null) {
            bytes -= bytes(name, taken);
        }
        return taken;
    }

    /** What was taken out will not come back. */
    public void forget(Named taken) {
        table.release(taken.statement());
    }

    public void remove(String name) {
        Named taken = take(name);
        if (taken != null) {
            forget(taken);
        }
    }

    public void clear() {
        if (byName != null) {
            byName.values().forEach(named -> table.release(named.statement()));
            byName = null;
            bytes = 0;
        }
    }

    /** Names and texts together, also of texts that others have prepared too. */
    public long bytes() {
        return bytes;
    }

    public int size() {
        return byName == null ? 0 : byName.size();
    }
}
