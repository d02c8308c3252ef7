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
    private final Map<Body, PreparedStatement> statements = new HashMap<>();

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
        }
        statement.retain();
        return statement;
    }

    /** One client forgot the statement; the last one takes it, and its text, out of the table. */
    public void release(PreparedStatement statement) {
        if (statement.release()) {
            statements.remove(Body.of(statement.body(), statement.context()));
            statement.dropText();
        }
    }

    public int size() {
        return statements.size();
    }
}
