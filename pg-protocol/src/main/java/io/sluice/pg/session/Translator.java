package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.sluice.metrics.Counter;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Frontend;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.sql.Command;
import io.sluice.pg.sql.PinReason;
import io.sluice.pg.statement.ClientStatements.Named;
import io.sluice.pg.statement.PreparedStatement;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Translates the extended protocol between a client's names of statements and a server's.
 *
 * <p>What the server has prepared already is not sent again: the proxy answers when the answer's
 * turn comes. What it lacks is sent ahead of the message that needs it. Made for a session with its
 * first message of the extended protocol.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Translator {
    private static final byte[] NO_NAME = new byte[0];

    /** Commands that servers take in a transaction that has failed. */
    private static final Set<String> IN_FAILED_TRANSACTION =
            Set.of(
                    Command.NONE.name(),
                    Command.COMMIT.name(),
                    Command.PREPARE_TRANSACTION.name(),
                    Command.ROLLBACK.name(),
                    Command.ROLLBACK_TO.name());

    private final PgSession session;
    private final StatementMaker maker;
    private final SqlNames names;
    private final PrepareLimits limits;
    private final UnnamedStatement unnamed;
    private final Bindings bindings;
    private final Doubts doubts = new Doubts();
    private final Provision provision;

    Translator(PgSession session, PgSettings.Statements settings) {
        this.session = session;
        this.maker = new StatementMaker(session);
        this.names = new SqlNames(session, maker);
        this.limits = new PrepareLimits(session, settings);
        this.unnamed = new UnnamedStatement(session, limits);
        this.bindings = new Bindings(session);
        this.provision = new Provision(session, settings, maker, doubts);
    }

    /** Longest Parse that is read as a whole. */
    int maxParse() {
        return limits.maxParse();
    }

    SqlNames names() {
        return names;
    }

    UnnamedStatement unnamed() {
        return unnamed;
    }

    Doubts doubts() {
        return doubts;
    }

    /**
     * Whether one made anew would do as well for a session that holds no lease and has asked
     * nothing: portals and what was bound last are of no use any more.
     */
    boolean isForgettable() {
        return unnamed.get() == null && !doubts.areOpen();
    }

    /**
     * The server is ready for what comes behind the first request.
     *
     * @param idle whether no transaction is open
     * @param behind requests that were sent and are not answered yet
     */
    void onReady(boolean idle, int behind) {
        doubts.onReady();
        bindings.onReady(idle, behind);
    }

    /** The server refused or skipped a Parse of the client. */
    void onPrepareFailed(String clientName, PreparedStatement statement) {
        if (!clientName.isEmpty()) {
            session.statements().remove(clientName);
        } else if (unnamed.get() == statement) {
            unnamed.set(null);
        }
    }

    // ---- Parse

    /** Returns whether it was dealt with; otherwise it waits for the server's answers. */
    boolean parse(FrontendRelay relay, ByteBuf in, PgServerConnection server, int total) {
        int nameAt = in.readerIndex() + Frontend.HEADER_BYTES;
        int nameEnd =
                MessageNames.end(in, nameAt, Math.min(in.writerIndex(), in.readerIndex() + total));
        String name = in.toString(nameAt, nameEnd - nameAt, StandardCharsets.UTF_8);
        if (!name.isEmpty() && maker.isContextInDoubt(server)) {
            return relay.awaitAnswers(server);
        }
        int end = in.readerIndex() + total;
        if (total > in.readableBytes() || limits.isTooLong(end - nameEnd)) {
            noteParse(name);
            parseLong(relay, in, server, total, name);
            return true;
        }
        byte[] body = bytes(in, nameEnd + 1, end);
        if (!name.isEmpty()) {
            return parseNamed(relay, in, server, total, name, body);
        }
        PreparedStatement statement = maker.read(body, server);
        if (!names.provideFor(statement, false, relay, server)) {
            return false;
        }
        noteParse(name);
        unnamed.set(statement);
        server.statements().setUnnamed(statement);
        server.expect(Expectation.PARSE, new Detail.Preparing(statement, null, ""));
        relay.pass(in, total);
        return true;
    }

    private void noteParse(String name) {
        session.pool().stats().add(Counter.CLIENT_PARSES, 1);
        (name.isEmpty() ? doubts.unnamed() : doubts.named()).onChange();
    }

    private boolean parseNamed(
            FrontendRelay relay,
            ByteBuf in,
            PgServerConnection server,
            int total,
            String name,
            byte[] body) {
        if (!session.state().hasOwnNames() && session.statements().get(name) != null) {
            Refusing.message(
                    relay,
                    in,
                    server,
                    total,
                    ErrorResponse.error(
                            "42P05", "prepared statement \"" + name + "\" already exists"));
            return true;
        }
        ErrorResponse refusal = limits.refusal(name, body.length);
        if (refusal != null) {
            Refusing.message(relay, in, server, total, refusal);
            return true;
        }
        PreparedStatement statement = maker.retain(body, server);
        if (limits.isTooMuch(statement)) {
            session.pgPool().statements().release(statement);
            Refusing.message(relay, in, server, total, limits.noRoomFor(body.length));
            return true;
        }
        if (!names.provideFor(statement, false, relay, server)) {
            session.pgPool().statements().release(statement);
            return false;
        }
        if (isRefusedByServer(statement, server)) {
            session.pgPool().statements().release(statement);
            Refusing.message(relay, in, server, total, Words.transactionIsAborted());
            return true;
        }
        noteParse(name);
        if (session.state().hasOwnNames()) {
            Named former = session.statements().take(name);
            session.statements().put(name, statement);
            server.expect(Expectation.PARSE, new Detail.Replacing(name, former));
            relay.pass(in, total);
            return true;
        }
        session.statements().put(name, statement);
        relay.swallow(in, total);
        if (server.statements().has(statement)) {
            server.expect(Expectation.LOCAL_PARSE, new Detail.Preparing(statement, null, name));
            server.relay().answerLocally();
        } else {
            provision.prepare(server, statement, Expectation.PARSE, name);
        }
        return true;
    }

    /** Whether a server that has the statement would not prepare it now all the same. */
    private static boolean isRefusedByServer(
            PreparedStatement statement, PgServerConnection server) {
        return server.status() == TransactionStatus.FAILED
                && server.expected().isEmpty()
                && !IN_FAILED_TRANSACTION.contains(statement.command())
                && server.statements().has(statement);
    }

    /** A text too long to be remembered, or read, can only stay where it is, with all it does. */
    private void parseLong(
            FrontendRelay relay, ByteBuf in, PgServerConnection server, int total, String name) {
        if (!name.isEmpty()) {
            Refusing.message(relay, in, server, total, limits.tooLong(total));
            return;
        }
        PreparedStatement unknown = maker.unread(Command.OTHER, server);
        unnamed.set(unknown);
        server.statements().setUnnamed(unknown);
        session.state().pin(PinReason.LARGE_STATEMENT);
        server.expect(Expectation.PARSE, new Detail.Preparing(unknown, null, ""));
        relay.pass(in, total);
    }

    // ---- Bind

    /** Returns whether it was dealt with; otherwise it waits for the server's answer. */
    boolean bind(FrontendRelay relay, ByteBuf in, PgServerConnection server, int total) {
        int at = in.readerIndex();
        int portalAt = at + Frontend.HEADER_BYTES;
        int portalEnd = MessageNames.end(in, portalAt, in.writerIndex());
        int nameEnd = MessageNames.end(in, portalEnd + 1, in.writerIndex());
        PreparedStatement statement;
        if (nameEnd == portalEnd + 1) {
            statement = unnamed.get();
            if (statement == null) {
                Refusing.message(relay, in, server, total, Words.noUnnamed());
                return true;
            }
            if (!names.provideFor(statement, true, relay, server)) {
                return false;
            }
            if (unnamed.isStale()) {
                Refusing.message(relay, in, server, total, Words.typeHasChanged());
                return true;
            }
            if (!provision.ensureUnnamed(relay, server, statement)) {
                Refusing.message(relay, in, server, total, Words.noUnnamed());
                return true;
            }
            if (mustCompare(server, statement)) {
                relay.sendRun();
                server.types().begin(statement, NO_NAME);
                return false;
            }
            server.expect(Expectation.BIND, bindings.bind(in, portalAt, portalEnd, statement));
            relay.pass(in, total);
        } else {
            String name =
                    in.toString(portalEnd + 1, nameEnd - portalEnd - 1, StandardCharsets.UTF_8);
            if (session.state().hasOwnNames()) {
                bindOwn(relay, in, server, total, portalAt, portalEnd, name);
                return true;
            }
            statement = provision.provide(relay, in, server, total, name);
            if (statement == null) {
                return !relay.isAwaitingAnswers();
            }
            if (!names.provideFor(statement, true, relay, server)) {
                return false;
            }
            if (session.state().hasOwnNames()) {
                bindOwn(relay, in, server, total, portalAt, portalEnd, name);
                return true;
            }
            relay.sendRun();
            if (mustCompare(server, statement)) {
                server.types().begin(statement, statement.serverName());
                return false;
            }
            server.expect(Expectation.BIND, bindings.bind(in, portalAt, portalEnd, statement));
            rewrite(in, server, Frontend.BIND, total, portalAt, portalEnd + 1, nameEnd, statement);
            relay.pass(in, total - (nameEnd - at));
        }
        session.pool().stats().add(Counter.BINDS, 1);
        session.requests().describe(statement);
        return true;
    }

    /** Whether clients were told types that this server's copy of a statement may not have. */
    private static boolean mustCompare(PgServerConnection server, PreparedStatement statement) {
        return statement.isDescribed()
                && !server.statements().isOfKnownType(statement)
                && !server.expected().isSkipping();
    }

    /** A Bind of a name that is the server's, too. */
    private void bindOwn(
            FrontendRelay relay,
            ByteBuf in,
            PgServerConnection server,
            int total,
            int portalAt,
            int portalEnd,
            String name) {
        Named named = session.statements().get(name);
        if (named != null && named.isStale()) {
            Refusing.message(relay, in, server, total, Words.typeHasChanged());
            return;
        }
        PreparedStatement statement =
                named == null ? maker.unread(Command.EXECUTE, server) : named.statement();
        server.expect(Expectation.BIND, bindings.bind(in, portalAt, portalEnd, statement));
        relay.pass(in, total);
        session.pool().stats().add(Counter.BINDS, 1);
        session.requests().describe(statement);
    }

    /** The server skipped the Close of a portal. */
    void onPortalStays(String name, Detail.Using using) {
        bindings.put(name, using);
    }

    /** Writes a message's front with the server's name; the rest passes from the input. */
    private static void rewrite(
            ByteBuf in,
            PgServerConnection server,
            byte type,
            int total,
            int from,
            int nameAt,
            int nameEnd,
            PreparedStatement statement) {
        byte[] serverName = statement.serverName();
        int length = total - 1 - (nameEnd - nameAt) + serverName.length;
        ByteBuf out =
                server.channel()
                        .alloc()
                        .buffer(Frontend.HEADER_BYTES + nameAt - from + serverName.length);
        out.writeByte(type).writeInt(length);
        out.writeBytes(in, from, nameAt - from);
        out.writeBytes(serverName);
        server.send(out);
        in.readerIndex(nameEnd); // the name's NUL is the next to pass
    }

    // ---- Describe, Execute, Close

    /** Returns whether it was dealt with; otherwise it waits for the server's answers. */
    boolean describe(FrontendRelay relay, ByteBuf in, PgServerConnection server, int total) {
        int kindAt = in.readerIndex() + Frontend.HEADER_BYTES;
        int nameEnd = MessageNames.end(in, kindAt + 1, in.readerIndex() + total);
        if (in.getByte(kindAt) != 'S') {
            Detail.Using using = bindings.get(in, kindAt + 1, nameEnd);
            server.expect(
                    Expectation.DESCRIBE_PORTAL,
                    using == null || !using.statement().isNamed()
                            ? null
                            : new Detail.Describing(using.statement(), using.statement().epoch()));
            relay.pass(in, total);
            return true;
        }
        if (nameEnd == kindAt + 1) {
            PreparedStatement statement = unnamed.get();
            if (statement == null) {
                Refusing.message(relay, in, server, total, Words.noUnnamed());
                return true;
            }
            if (!provision.ensureUnnamed(relay, server, statement)) {
                Refusing.message(relay, in, server, total, Words.noUnnamed());
                return true;
            }
            server.expect(
                    Expectation.DESCRIBE_STATEMENT,
                    new Detail.Describing(statement, statement.epoch()));
            relay.pass(in, total);
            return true;
        }
        String name = in.toString(kindAt + 1, nameEnd - kindAt - 1, StandardCharsets.UTF_8);
        if (session.state().hasOwnNames()) {
            Named own = session.statements().get(name);
            server.expect(
                    Expectation.DESCRIBE_STATEMENT,
                    own == null || own.isStale()
                            ? null
                            : new Detail.Describing(own.statement(), own.epoch()));
            relay.pass(in, total);
            return true;
        }
        PreparedStatement statement = provision.provide(relay, in, server, total, name);
        if (statement == null) {
            return !relay.isAwaitingAnswers();
        }
        relay.swallow(in, total);
        ByteBuf out = server.channel().alloc().buffer(64);
        Messages.describeStatement(out, statement.serverName());
        server.expect(
                Expectation.DESCRIBE_STATEMENT,
                new Detail.Describing(statement, statement.epoch()));
        server.send(out);
        return true;
    }

    void execute(FrontendRelay relay, ByteBuf in, PgServerConnection server, int total) {
        int portalAt = in.readerIndex() + Frontend.HEADER_BYTES;
        int portalEnd = MessageNames.end(in, portalAt, in.readerIndex() + total);
        Detail.Using using = bindings.get(in, portalAt, portalEnd);
        server.expect(Expectation.EXECUTE, using);
        relay.pass(in, total);
        if (using != null
                && using.effects() != null
                && !using.effects().settings().isEmpty()
                && !session.settings().startupWithIdentity().isEmpty()) {
            relay.sendRun();
            new Restoration(session, server).sendBehindExecute(using.effects());
        }
    }

    /** Named portals that are known. */
    int portals() {
        return bindings.size();
    }

    void close(FrontendRelay relay, ByteBuf in, PgServerConnection server, int total) {
        int kindAt = in.readerIndex() + Frontend.HEADER_BYTES;
        int nameEnd = MessageNames.end(in, kindAt + 1, in.readerIndex() + total);
        boolean statement = in.getByte(kindAt) == 'S';
        if (!statement) {
            String portal = MessageNames.portal(in, kindAt + 1, nameEnd);
            Detail.Using closed = bindings.remove(portal);
            server.expect(
                    Expectation.CLOSE,
                    closed == null ? null : new Detail.ClosingPortal(portal, closed));
            relay.pass(in, total);
            return;
        }
        if (nameEnd == kindAt + 1) {
            unnamed.set(null);
            server.statements().setUnnamed(null);
            server.expect(Expectation.CLOSE, null);
            relay.pass(in, total);
            return;
        }
        String name = in.toString(kindAt + 1, nameEnd - kindAt - 1, StandardCharsets.UTF_8);
        doubts.named().onChange();
        Named named = session.statements().take(name);
        Detail closing = named == null ? null : new Detail.ClosingName(name, named);
        if (session.state().hasOwnNames()) {
            server.expect(Expectation.CLOSE, closing);
            relay.pass(in, total);
            return;
        }
        relay.swallow(in, total);
        server.expect(Expectation.LOCAL_CLOSE, closing);
        server.relay().answerLocally();
    }

    private static byte[] bytes(ByteBuf in, int from, int to) {
        byte[] bytes = new byte[to - from];
        in.getBytes(from, bytes);
        return bytes;
    }
}
