package io.sluice.pg.statement;

import io.sluice.guard.OperationClass;
import io.sluice.pg.message.RowType;
import io.sluice.pg.sql.Command;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One text with its parameter types, as any number of a pool's clients have prepared it.
 *
 * <p><b>Threads:</b> confined to the loop of its pool; the counter of names is shared.
 */
public final class PreparedStatement {
    /** What all names of servers' statements begin with. */
    public static final String SERVER_NAMES = "sluice_";

    private static final AtomicLong NAMES = new AtomicLong();

    private static final byte[] NO_TEXT = new byte[0];

    private @Nullable StatementText text;
    private final ParseContext context;
    private final String command;
    private final OperationClass operationClass;
    private final @Nullable Effects effects;
    private byte[] serverName;
    private int epoch;
    private long rowType = RowType.UNKNOWN;
    private long parameterTypes = RowType.UNKNOWN;
    private int users;

    /**
     * @param body text with its NUL, count of parameter types, types: a Parse without its name
     * @param context what else a server's reading of it depends on
     * @param command name for metrics
     * @param effects what executing it does to the session; null: nothing
     */
    public PreparedStatement(
            byte[] body,
            ParseContext context,
            String command,
            OperationClass operationClass,
            @Nullable Effects effects) {
        this.text = new StatementText(body);
        this.context = context;
        this.command = command;
        this.operationClass = operationClass;
        this.effects = effects;
        this.serverName = nextName();
    }

    private static byte[] nextName() {
        return (SERVER_NAMES + NAMES.incrementAndGet()).getBytes(StandardCharsets.US_ASCII);
    }

    /** A Parse without its name, not to be changed; empty once nobody can prepare it any more. */
    public byte[] body() {
        return text == null ? NO_TEXT : text.bytes();
    }

    /** What else a server's reading of it depends on. */
    public ParseContext context() {
        return context;
    }

    /** What servers know it by; unique in this process, also among tenants. */
    public byte[] serverName() {
        return serverName;
    }

    public String command() {
        return command;
    }

    /** Whether executing it begins a transaction. */
    public boolean beginsTransaction() {
        return command.equals(Command.BEGIN.name());
    }

    /** Whether it executes code that may commit what was done before it in its series. */
    public boolean mayCommit() {
        return command.equals(Command.CALL.name()) || command.equals(Command.DO.name());
    }

    public OperationClass operationClass() {
        return operationClass;
    }

    public @Nullable Effects effects() {
        return effects;
    }

    /** How often its result type turned out to have changed. */
    public int epoch() {
        return epoch;
    }

    /**
     * Its result type has changed: no server's copy is used any more, and clients that know the
     * former type are told.
     */
    public void retire() {
        serverName = nextName();
        epoch++;
        rowType = RowType.UNKNOWN;
        parameterTypes = RowType.UNKNOWN;
    }

    /** Whether clients of this epoch were told anything that another server's copy may not keep. */
    public boolean isDescribed() {
        return rowType != RowType.UNKNOWN || parameterTypes != RowType.UNKNOWN;
    }

    /** Whether these types were told; where none are known of a kind, none are asked for. */
    boolean isDescribedBy(long newRowType, long newParameterTypes) {
        return (rowType == RowType.UNKNOWN || newRowType != RowType.UNKNOWN)
                && (parameterTypes == RowType.UNKNOWN || newParameterTypes != RowType.UNKNOWN);
    }

    /**
     * A server has described it: takes over what clients have not been told before.
     *
     * @param newRowType of the result; {@link RowType#UNKNOWN} if that was not told
     * @param newParameterTypes {@link RowType#UNKNOWN} if these were not told
     * @return whether clients were told nothing else before; if they were, nothing is taken over
     */
    public boolean describe(long newRowType, long newParameterTypes) {
        boolean agrees =
                mayBeOne(rowType, newRowType) && mayBeOne(parameterTypes, newParameterTypes);
        if (agrees) {
            rowType = rowType == RowType.UNKNOWN ? newRowType : rowType;
            parameterTypes = parameterTypes == RowType.UNKNOWN ? newParameterTypes : parameterTypes;
        }
        return agrees;
    }

    private static boolean mayBeOne(long one, long other) {
        return one == other || one == RowType.UNKNOWN || other == RowType.UNKNOWN;
    }

    /**
     * Takes over what clients were told of the same text elsewhere.
     *
     * @return whether nothing else was told of this one
     */
    public boolean adoptTypes(PreparedStatement other) {
        return describe(other.rowType, other.parameterTypes);
    }

    /** Whether clients know it by names; unnamed ones live no longer than their next Parse. */
    public boolean isNamed() {
        return users > 0;
    }

    /** Whether one client alone has it under a name. */
    boolean isOnlyUse() {
        return users == 1;
    }

    void retain() {
        users++;
    }

    boolean release() {
        return --users == 0;
    }

    /** It is the same text as that of another, which is kept once for both. */
    void shareText(PreparedStatement other) {
        StatementText shared = other.text;
        if (shared != null) {
            text = shared.share();
        }
    }

    /**
     * Nobody will have a server prepare it again: what still refers to it keeps no text.
     *
     * @return how many bytes nobody has any more
     */
    int dropText() {
        StatementText dropped = text;
        text = null;
        return dropped == null ? 0 : dropped.drop();
    }

    /** Whether a server can be given it; not what was too long to be read. */
    public boolean hasText() {
        return body().length > 0;
    }
}
