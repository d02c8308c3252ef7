package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.sluice.pg.message.Frontend;
import io.sluice.pg.message.Messages;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.settings.SettingsTracker;
import io.sluice.pg.sql.Classified;
import io.sluice.pg.sql.SettingChange;
import io.sluice.pg.sql.SqlClassifier;
import io.sluice.pg.statement.Effects;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Brings back what a client asked for at startup right behind the statement that resets it: the
 * server has never heard of that, and resets to its own. So what follows in the same text or the
 * same series finds what it would find in PostgreSQL, and both are undone together.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Restoration {
    /** What a request is made longer by at most; beyond it the settings come back at its end. */
    private static final int MOST_STATEMENTS = 128;

    private static final int MOST_LENGTH = 16 * 1024;
    private static final byte[] NAME = "sluice_restore".getBytes(StandardCharsets.US_ASCII);

    private final PgSession session;
    private final PgServerConnection server;
    private int statements;
    private int length;

    Restoration(PgSession session, PgServerConnection server) {
        this.session = session;
        this.server = server;
    }

    /** What a change undoes, as statements by the name of the setting. */
    private Map<String, String> statements(SettingChange change) {
        SettingsTracker settings = session.settings();
        Settings undone =
                switch (change.kind()) {
                    case SET -> Settings.NONE;
                    case RESET -> settings.startup(change.name());
                    case RESET_ALL -> settings.startup();
                    case DISCARD_ALL -> settings.startupWithIdentity();
                };
        Map<String, String> statements = undone.statements();
        boolean readable =
                server.parameters().readsUtf8()
                        || statements.values().stream().allMatch(Settings::isAscii);
        return readable ? statements : Map.of();
    }

    /** Whether these may be sent, too. */
    private boolean fits(Collection<String> more) {
        statements += more.size();
        for (String sql : more) {
            length += sql.length();
        }
        return statements <= MOST_STATEMENTS && length <= MOST_LENGTH;
    }

    /** Whether these are read in a text: they must not pin the session. */
    private static boolean areRead(Collection<String> statements) {
        return statements.stream()
                .allMatch(sql -> ByteBufUtil.utf8Bytes(sql) <= SqlClassifier.LONGEST_SET);
    }

    // ---- in a Query

    /**
     * A Query with what it resets restored in it.
     *
     * @param query the whole message; whoever takes it releases it
     * @param leaves what it leaves behind
     */
    record Query(ByteBuf query, Detail.Leaves leaves) {}

    /**
     * The Query in which what a text resets is restored.
     *
     * @param text what the pool's classifier has just read at {@code from}; it reads anew here
     * @param in has the text, up to {@code to}; borrowed, indexes are not moved
     * @return null if the text resets nothing that must be restored in it, or too much
     */
    @Nullable Query query(Classified text, Effects effects, ByteBuf in, int from, int to) {
        ByteBuf out = null;
        List<Integer> inserted = new ArrayList<>(0);
        int copied = from;
        for (SettingChange change : effects.settings()) {
            // DISCARD ALL stands alone.
            boolean restores =
                    change.kind() != SettingChange.Kind.DISCARD_ALL
                            && change.statement() < Classified.LISTED_STATEMENTS;
            Map<String, String> statements = restores ? statements(change) : Map.of();
            if (!statements.isEmpty()) {
                int changes = effects.settings().size() + inserted.size() + statements.size();
                if (!fits(statements.values())
                        || changes > Classified.LISTED_SETTINGS
                        || !areRead(statements.values())) {
                    if (out != null) {
                        out.release();
                    }
                    return null;
                }
                if (out == null) {
                    out = server.channel().alloc().buffer(to - from + 256);
                    Messages.begin(out, Frontend.QUERY);
                }
                int end = from + text.end(change.statement());
                out.writeBytes(in, copied, end - copied);
                copied = end;
                for (String sql : statements.values()) {
                    inserted.add(change.statement() + 1 + inserted.size());
                    out.writeByte(';').writeCharSequence(sql, StandardCharsets.UTF_8);
                }
            }
        }
        if (out == null) {
            return null;
        }
        out.writeBytes(in, copied, to - copied).writeByte(0);
        Messages.end(out, 0);
        return new Query(out, new Detail.Leaves(read(out), List.copyOf(inserted)));
    }

    private Effects read(ByteBuf query) {
        SqlClassifier classifier = session.pgPool().classifier();
        server.parameters().prepare(classifier);
        classifier.feed(query, Frontend.HEADER_BYTES, query.writerIndex() - 1);
        return Objects.requireNonNull(
                Effects.of(classifier.finish(), query, Frontend.HEADER_BYTES), "it has a RESET");
    }

    // ---- in a series

    /** Sends what restores what an Execute resets; all that is before it was sent. */
    void sendBehindExecute(Effects effects) {
        if (server.expected().isSkipping()) {
            return;
        }
        for (SettingChange change : effects.settings()) {
            Map<String, String> statements = statements(change);
            if (!statements.isEmpty() && fits(statements.values())) {
                ByteBuf out = server.channel().alloc().buffer(256 * (1 + statements.size()));
                statements.forEach((name, sql) -> {
                    var set = new SettingChange(SettingChange.Kind.SET, name, sql, 0);
                    execute(out, sql, new Detail.Leaves(Effects.of(set)));
                });
                if (change.kind() == SettingChange.Kind.DISCARD_ALL) {
                    execute(out, "COMMIT", null); // as it has done itself
                }
                server.send(out);
            }
        }
    }

    private void execute(ByteBuf out, String sql, Detail.@Nullable Leaves leaves) {
        Messages.closeStatement(out, NAME); // of a series that failed before its Close
        server.expect(Expectation.OWN_CLOSE, null);
        Messages.parse(out, NAME, (sql + "\0\0\0").getBytes(StandardCharsets.UTF_8));
        server.expect(Expectation.OWN_PARSE, null);
        Messages.bindNothing(out, NAME);
        server.expect(Expectation.OWN_BIND, null);
        Messages.execute(out, NAME);
        server.expect(Expectation.OWN_EXECUTE, leaves);
        Messages.closePortal(out, NAME);
        server.expect(Expectation.OWN_CLOSE, null);
        Messages.closeStatement(out, NAME);
        server.expect(Expectation.OWN_CLOSE, null);
    }
}
