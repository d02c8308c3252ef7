package io.sluice.pg.statement;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The statements that clients of one pool have prepared under names; who prepares a known text in
 * the same context gets the known statement. Confined to the pool's loop.
 */
public final class StatementTable {
    /** Shorter texts of unnamed statements are not counted: a client has one, and often another. */
    private static final int SHORT = 4096;

    private final Map<Body, PreparedStatement> statements = new HashMap<>();
    private final TextBudget.Share budget;

    /**
     * @param budget where its texts are counted
     */
    public StatementTable(TextBudget.Share budget) {
        this.budget = budget;
    }

    /** Bytes that compare by content. */
    private record Body(byte[] bytes, ParseContext context, int hash) {
        static Body of(byte[] bytes, ParseContext context) {
            return new Body(bytes, context, 31 * Arrays.hashCode(bytes) + context.hashCode());
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Body body
                    && hash == body.hash
                    && context.equals(body.context)
                    && Arrays.equals(bytes, body.bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /**
     * The statement with that body, made on first use; pair with {@link #release}.
     *
     * @param context what else the server's reading of it depends on
     */
    public PreparedStatement retain(
            byte[] body, ParseContext context, Function<byte[], PreparedStatement> maker) {
        Body key = Body.of(body, context);
        PreparedStatement statement = statements.get(key);
        if (statement == null) {
            statement = maker.apply(body);
            statements.put(key, statement);
            budget.take(body.length);
        }
        statement.retain();
        return statement;
    }

    /**
     * As {@link #retain}, of the text of {@code other} in another context: it is kept, and counted,
     * once for both.
     */
    public PreparedStatement retainInContext(
            PreparedStatement other,
            ParseContext context,
            Function<byte[], PreparedStatement> maker) {
        Body key = Body.of(other.body(), context);
        PreparedStatement statement = statements.get(key);
        if (statement == null) {
            statement = maker.apply(other.body());
            statement.shareText(other);
            statements.put(key, statement);
            budget.take(0);
        }
        statement.retain();
        return statement;
    }

    /** One client forgot the statement; the last one takes it, and its text, out of the table. */
    public void release(PreparedStatement statement) {
        if (statement.release()) {
            statements.remove(Body.of(statement.body(), statement.context()));
            budget.giveBack(statement.dropText());
        }
    }

    /**
     * Whether a statement that was retained just now is one text too many; one that others have,
     * too, is not.
     *
     * @param limit bytes that the tenant may have
     */
    public boolean isTooMuch(PreparedStatement retained, long limit) {
        return retained.isOnlyUse() && !budget.hasRoom(0, limit);
    }

    /**
     * A client keeps a statement of its own, without a name; pair with {@link #drop}.
     *
     * @param limit bytes that the tenant may have
     * @return whether there is room for its text; if not, that is dropped
     */
    public boolean keep(PreparedStatement unnamed, long limit) {
        int bytes = unnamed.body().length;
        if (bytes <= SHORT) {
            return true;
        }
        if (!budget.hasRoom(bytes, limit)) {
            unnamed.dropText();
            return false;
        }
        budget.take(bytes);
        return true;
    }

    /** The client has another one: what still refers to this one needs no text. */
    public void drop(PreparedStatement unnamed) {
        if (unnamed.body().length > SHORT) {
            budget.giveBack(unnamed.body().length);
        }
        unnamed.dropText();
    }

    /** What all of the tenant's texts take. */
    public TextBudget.Share budget() {
        return budget;
    }

    public int size() {
        return statements.size();
    }
}
