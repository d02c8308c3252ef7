package io.sluice.pg.statement;

import io.sluice.pg.message.RowType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one server connection has prepared, by server name, least recently used first. It knows no
 * texts: these are their clients', and go with them, while the server keeps what it has.
 *
 * <p>A statement counts as prepared from when its Parse was sent: messages behind it arrive behind
 * it. If the server skips the Parse, {@link #remove} takes that back.
 *
 * <p>Confined to the connection's loop.
 */
public final class ServerStatements {
    /**
     * Most that are closed for one that comes. Each is a message and an answer that is waited for:
     * a long text must not cause as many of them at once as short ones have room on a server.
     */
    public static final int MOST_EVICTED = 256;

    private final LinkedHashMap<Name, Copy> prepared = new LinkedHashMap<>(16, 0.75f, true);
    private @Nullable PreparedStatement unnamed;
    private Copy unnamedCopy = new Copy(0);
    private @Nullable Set<String> lent;
    private long bytes;

    /** A server name; names are unique arrays, so identity is enough. */
    private record Name(byte[] bytes) {
        @Override
        @SuppressWarnings("ReferenceEquality") // names are unique arrays
        public boolean equals(@Nullable Object other) {
            return other instanceof Name name && bytes == name.bytes;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(bytes);
        }
    }

    /** A statement as this server has prepared it; its types never change. */
    private static final class Copy {
        private final int bytes;
        private long rowType = RowType.UNKNOWN;
        private long parameterTypes = RowType.UNKNOWN;
        private boolean isCompared;

        Copy(int bytes) {
            this.bytes = bytes;
        }
    }

    /**
     * A statement that is being closed to make room.
     *
     * @param bytes of its text
     */
    public record Evicted(byte[] serverName, int bytes) {}

    /** Whether this server's copy is known to return what clients were told. */
    public boolean isOfKnownType(PreparedStatement statement) {
        Copy copy = copy(statement);
        return copy != null
                && (copy.isCompared || statement.isDescribedBy(copy.rowType, copy.parameterTypes));
    }

    /** The server has described its copy as clients were told; types that it left out are 0. */
    public void setTypes(PreparedStatement statement, long rowType, long parameterTypes) {
        Copy copy = copy(statement);
        if (copy != null) {
            copy.rowType = rowType == RowType.UNKNOWN ? copy.rowType : rowType;
            copy.parameterTypes =
                    parameterTypes == RowType.UNKNOWN ? copy.parameterTypes : parameterTypes;
        }
    }

    /** The server was asked for all that can be compared. */
    public void setCompared(PreparedStatement statement) {
        Copy copy = copy(statement);
        if (copy != null) {
            copy.isCompared = true;
        }
    }

    private @Nullable Copy copy(PreparedStatement statement) {
        return unnamed == statement ? unnamedCopy : prepared.get(new Name(statement.serverName()));
    }

    /** Whether the server has it under its present name; counts as a use. */
    public boolean has(PreparedStatement statement) {
        return !prepared.isEmpty() && prepared.get(new Name(statement.serverName())) != null;
    }

    public void add(PreparedStatement statement) {
        add(statement.serverName(), statement.body().length);
    }

    /** The server keeps what was to be closed. */
    public void putBack(Evicted evicted) {
        add(evicted.serverName(), evicted.bytes());
    }

    private void add(byte[] serverName, int size) {
        remove(serverName);
        prepared.put(new Name(serverName), new Copy(size));
        bytes += size;
    }

    public void remove(byte[] serverName) {
        Copy removed = prepared.remove(new Name(serverName));
        if (removed != null) {
            bytes -= removed.bytes;
        }
    }

    /** The server turns out not to have it, neither under its name nor as the unnamed one. */
    public void forget(PreparedStatement statement) {
        remove(statement.serverName());
        if (unnamed == statement) {
            unnamed = null;
        }
    }

    /**
     * Takes out those used least recently, until there is room for another, or {@link
     * #MOST_EVICTED} are out: further ones then go for the next that is added.
     *
     * @param limit how many there may be
     * @param bytesLimit bytes that their texts may have together; one alone may have more
     * @param more bytes of the one that is to be added
     */
    public List<Evicted> makeRoom(int limit, long bytesLimit, int more) {
        List<Evicted> evicted = List.of();
        Map.@Nullable Entry<Name, Copy> eldest = prepared.firstEntry();
        while (eldest != null
                && evicted.size() < MOST_EVICTED
                && (prepared.size() >= limit || bytes + more > bytesLimit)) {
            byte[] serverName = eldest.getKey().bytes;
            remove(serverName);
            if (evicted.isEmpty()) {
                evicted = new ArrayList<>(1);
            }
            evicted.add(new Evicted(serverName, eldest.getValue().bytes));
            eldest = prepared.firstEntry();
        }
        return evicted;
    }

    /** DEALLOCATE ALL or DISCARD ALL: named ones are gone. */
    public void clear() {
        prepared.clear();
        bytes = 0;
        lent = null;
    }

    /** Forgets all named ones and returns the names by which the server knows them. */
    public List<byte[]> takeAll() {
        List<byte[]> names = new ArrayList<>(prepared.size());
        prepared.keySet().forEach(name -> names.add(name.bytes));
        if (lent != null) {
            lent.forEach(name -> names.add(name.getBytes(StandardCharsets.UTF_8)));
        }
        clear();
        return names;
    }

    /** The server has something under a client's own name, for SQL to close. */
    public void lend(String clientName) {
        Set<String> names = lent;
        if (names == null) {
            names = new HashSet<>(2);
            lent = names;
        }
        names.add(clientName);
    }

    public boolean isLent(String clientName) {
        return lent != null && lent.contains(clientName);
    }

    /** SQL has closed it. */
    public void takeBack(String clientName) {
        if (lent != null && lent.remove(clientName) && lent.isEmpty()) {
            lent = null;
        }
    }

    public int size() {
        return prepared.size();
    }

    /** Of the texts that the server keeps under names. */
    public long bytes() {
        return bytes;
    }

    /** What the server has as its unnamed statement; null: nothing, or something unknown. */
    public @Nullable PreparedStatement unnamed() {
        return unnamed;
    }

    public void setUnnamed(@Nullable PreparedStatement statement) {
        unnamed = statement;
        unnamedCopy = new Copy(0);
    }
}
