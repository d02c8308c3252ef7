package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import io.sluice.metrics.Counter;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Frontend;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.sql.Command;
import io.sluice.pg.sql.PinReason;
import io.sluice.pg.statement.ClientStatements;
import io.sluice.pg.statement.ClientStatements.Named;
import io.sluice.pg.statement.PreparedStatement;
import io.sluice.pg.statement.ServerStatements;
import io.sluice.pg.statement.TextBudget;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
    /** Bytes of a name that servers keep. */
    private static final int MAX_NAME = 63;

    private static final byte[] NO_NAME = new byte[0];

    /** The server's function that refuses a changed result type; drivers know it by this. */
    static final String CACHED_PLAN_ROUTINE = "RevalidateCachedQuery";

    /** Commands that servers take in a transaction that has failed. */
    private static final Set<String> IN_FAILED_TRANSACTION =
            Set.of(
                    Command.NONE.name(),
                    Command.COMMIT.name(),
                    Command.PREPARE_TRANSACTION.name(),
                    Command.ROLLBACK.name(),
                    Command.ROLLBACK_TO.name());

    private final PgSession session;
    private final PgSettings.Statements limits;
    private final StatementMaker maker;
    private final SqlNames names;
    private @Nullable PreparedStatement unnamed;

    /** What the unnamed statement's was when the client was told of it last. */
    private int unnamedEpoch;

    private Detail.@Nullable Using unnamedPortal;

    /** What was bound last, to be used again: most clients bind the same many times. */
    private Detail.@Nullable Using lastUsing;

    private final Doubt namedDoubt = new Doubt();
    private final Doubt unnamedDoubt = new Doubt();
    private final Portals portals = new Portals();

    Translator(PgSession session, PgSettings.Statements limits) {
        this.session = session;
        this.limits = limits;
        this.maker = new StatementMaker(session);
        this.names = new SqlNames(session, maker);
    }

    /** Longest Parse that is read as a whole. */
    int maxParse() {
        return limits.maxBytes() + FrontendRelay.MAX_SHORT;
    }

    /** The client was told the types that a statement has now. */
    void onNewTypesTold(PreparedStatement statement) {
        if (unnamed == statement) {
            unnamedEpoch = statement.epoch();
        }
    }

    SqlNames names() {
        return names;
    }

    /** The client's unnamed statement, if it has one. */
    @Nullable PreparedStatement unnamed() {
        return unnamed;
    }

    void forgetUnnamed() {
        setUnnamed(null);
    }

    /** The former unnamed statement is nobody's: what still refers to it needs no text. */
    private void setUnnamed(@Nullable PreparedStatement statement) {
        PreparedStatement former = unnamed;
        unnamed = statement;
        if (former != null) {
            session.pgPool().statements().drop(former);
        }
        if (statement != null) {
            unnamedEpoch = statement.epoch();
            session.pgPool().statements().keep(statement);
        }
    }

    /**
     * Whether one made anew would do as well for a session that holds no lease and has asked
     * nothing: portals and what was bound last are of no use any more.
     */
    boolean isForgettable() {
        return unnamed == null && !namedDoubt.isOpen() && !unnamedDoubt.isOpen();
    }

    // ---- doubt

    /** A Sync is sent, behind which the server is going to be ready {@code due} times in all. */
    void onSeriesEnd(int due) {
        namedDoubt.onSeriesEnd(due);
        unnamedDoubt.onSeriesEnd(due);
    }

    /**
     * The server is ready for what comes behind the first request.
     *
     * @param idle whether no transaction is open
     * @param behind requests that were sent and are not answered yet
     */
    void onReady(boolean idle, int behind) {
        namedDoubt.onReady();
        unnamedDoubt.onReady();
        portals.onReady(idle, behind);
    }

    void onRequestsMerged() {
        namedDoubt.onMerged();
        unnamedDoubt.onMerged();
    }

    void onSyncsIgnored(int count) {
        namedDoubt.onSyncsIgnored(count);
        unnamedDoubt.onSyncsIgnored(count);
    }

    void onServerLost() {
        namedDoubt.clear();
        unnamedDoubt.clear();
    }

    /** Whether a message must wait until what it relies on is answered. */
    boolean isInDoubt(byte type, ByteBuf in) {
        if (!namedDoubt.isDue() && !unnamedDoubt.isDue()) {
            return false;
        }
        int at = in.readerIndex() + Frontend.HEADER_BYTES;
        return switch (type) {
            case Frontend.PARSE -> in.getByte(at) != 0 && namedDoubt.isDue();
            case Frontend.BIND -> reliesOnDoubt(in, nul(in, at, in.writerIndex()) + 1);
            case Frontend.DESCRIBE -> in.getByte(at) == 'S' && reliesOnDoubt(in, at + 1);
            case Frontend.CLOSE ->
                    in.getByte(at) == 'S' && in.getByte(at + 1) != 0 && namedDoubt.isDue();
            default -> false;
        };
    }

    private boolean reliesOnDoubt(ByteBuf in, int nameAt) {
        return in.getByte(nameAt) == 0
                ? unnamedDoubt.isDue() && !unnamedDoubt.isInSeries()
                : namedDoubt.isDue();
    }

    /** The server refused or skipped a Parse of the client. */
    void onPrepareFailed(String clientName, PreparedStatement statement) {
        if (!clientName.isEmpty()) {
            session.statements().remove(clientName);
        } else if (unnamed == statement) {
            setUnnamed(null);
        }
    }

    // ---- Parse

    /** Whether a Parse that is not waited for as a whole has arrived as far as its name. */
    boolean hasParseName(ByteBuf in, int total) {
        int from = in.readerIndex() + Frontend.HEADER_BYTES;
        int length = Math.min(in.readableBytes(), total) - Frontend.HEADER_BYTES;
        if (in.forEachByte(from, length, ByteProcessor.FIND_NUL) >= 0) {
            return true;
        }
        if (length > FrontendRelay.MAX_SHORT) {
            throw new ProtocolViolation("Parse without the name of its statement");
        }
        return false;
    }

    /** Returns whether it was dealt with; otherwise it waits for the server's answers. */
    boolean parse(FrontendRelay relay, ByteBuf in, PgServerConnection server, int total) {
        int nameAt = in.readerIndex() + Frontend.HEADER_BYTES;
        int nameEnd = nul(in, nameAt, Math.min(in.writerIndex(), in.readerIndex() + total));
        String name = in.toString(nameAt, nameEnd - nameAt, StandardCharsets.UTF_8);
        if (!name.isEmpty() && maker.isContextInDoubt(server)) {
            return relay.awaitAnswers(server);
        }
        int end = in.readerIndex() + total;
        if (total > in.readableBytes()
                || end - nameEnd > limits.maxBytes()
                || (name.isEmpty() && !hasRoomForUnnamed(end - nameEnd))) {
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
        setUnnamed(statement);
        server.statements().setUnnamed(statement);
        server.expect(Expectation.PARSE, new Detail.Preparing(statement, null, ""));
        relay.pass(in, total);
        return true;
    }

    private void noteParse(String name) {
        session.pool().stats().add(Counter.CLIENT_PARSES, 1);
        (name.isEmpty() ? unnamedDoubt : namedDoubt).onChange();
    }

    private boolean parseNamed(
            FrontendRelay relay,
            ByteBuf in,
            PgServerConnection server,
            int total,
            String name,
            byte[] body) {
        if (!session.state().hasOwnNames() && session.statements().get(name) != null) {
            refuse(
                    relay,
                    in,
                    server,
                    total,
                    ErrorResponse.error(
                            "42P05", "prepared statement \"" + name + "\" already exists"));
            return true;
        }
        if (session.statements().size() >= limits.perClient()) {
            refuse(
                    relay,
                    in,
                    server,
                    total,
                    ErrorResponse.error(
                                    "53400",
                                    "too many prepared statements in this session (limit %d)"
                                            .formatted(limits.perClient()))
                            .withHint(
                                    "Close statements that are not needed, or raise prepared-statements.per-client."));
            return true;
        }
        long bytes = session.statements().bytes() + ClientStatements.bytes(name, body.length);
        if (bytes > limits.perClientBytes()) {
            refuse(
                    relay,
                    in,
                    server,
                    total,
                    ErrorResponse.error(
                                    "53400",
                                    "the prepared statements of this session would have %d bytes (limit %d)"
                                            .formatted(bytes, limits.perClientBytes()))
                            .withHint(
                                    "Close statements that are not needed, or raise prepared-statements.per-client-bytes."));
            return true;
        }
        PreparedStatement statement = maker.retain(body, server);
        if (session.pgPool().statements().isTooMuch(statement, limits.perTenantBytes())) {
            ErrorResponse noRoom = noRoom(session.pgPool().statements().budget());
            session.pgPool().statements().release(statement);
            refuse(relay, in, server, total, noRoom);
            return true;
        }
        if (!names.provideFor(statement, false, relay, server)) {
            session.pgPool().statements().release(statement);
            return false;
        }
        if (isRefusedByServer(statement, server)) {
            session.pgPool().statements().release(statement);
            refuse(relay, in, server, total, transactionIsAborted());
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
            send(server, statement, Expectation.PARSE, name);
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

    private static ErrorResponse transactionIsAborted() {
        return ErrorResponse.error(
                "25P02",
                "current transaction is aborted, commands ignored until end of transaction block");
    }

    private ErrorResponse noRoom(TextBudget.Share budget) {
        return budget.isProcessOver()
                ? ErrorResponse.error(
                                "53200",
                                "no memory is left for prepared statements (limit %d bytes for all tenants, a third of the heap)"
                                        .formatted(budget.most()))
                        .withHint("Close statements that are not needed, or raise -Xmx of Sluice.")
                : ErrorResponse.error(
                                "53200",
                                "the prepared statements of this tenant would have %d bytes (limit %d)"
                                        .formatted(budget.bytes(), limits.perTenantBytes()))
                        .withHint(
                                "Close statements that are not needed, or raise prepared-statements.per-tenant-bytes.");
    }

    private boolean hasRoomForUnnamed(int bytes) {
        return session.pgPool().statements().hasRoomForUnnamed(bytes, limits.perTenantBytes());
    }

    /** A text too long to be remembered can only stay where it is. */
    private void parseLong(
            FrontendRelay relay, ByteBuf in, PgServerConnection server, int total, String name) {
        if (!name.isEmpty()) {
            refuse(
                    relay,
                    in,
                    server,
                    total,
                    ErrorResponse.error(
                                    "54000",
                                    "the statement to prepare has %d bytes, the limit is %d"
                                            .formatted(total, limits.maxBytes()))
                            .withHint(
                                    "Prepare it as the unnamed statement, or raise prepared-statements.max-bytes."));
            return;
        }
        PreparedStatement unknown = maker.unread(Command.OTHER, server);
        setUnnamed(unknown);
        server.statements().setUnnamed(unknown);
        session.state().pin(PinReason.LARGE_STATEMENT);
        server.expect(Expectation.PARSE, new Detail.Preparing(unknown, null, ""));
        relay.pass(in, total);
    }

    /** Prepares a statement on the server; makes room for it first. */
    private void send(
            PgServerConnection server,
            PreparedStatement statement,
            Expectation kind,
            @Nullable String clientName) {
        ServerStatements prepared = server.statements();
        int bytes = statement.body().length;
        ByteBuf out = server.channel().alloc().buffer(bytes + 64);
        for (ServerStatements.Evicted evicted :
                prepared.makeRoom(limits.perServer(), limits.perServerBytes(), bytes)) {
            Messages.closeStatement(out, evicted.serverName());
            server.expect(Expectation.OWN_CLOSE, new Detail.ClosingServerName(evicted));
        }
        namedDoubt.onChange();
        prepared.add(statement);
        Messages.parse(out, statement.serverName(), statement.body());
        server.expect(kind, new Detail.Preparing(statement, statement.serverName(), clientName));
        server.send(out);
    }

    // ---- Bind

    /** Where the two names at the front of a Bind end; -1 if that has not arrived yet. */
    int bindNamesEnd(ByteBuf in, int total) {
        int from = in.readerIndex() + Frontend.HEADER_BYTES;
        int to = Math.min(in.writerIndex(), in.readerIndex() + total);
        int portalEnd = in.forEachByte(from, to - from, ByteProcessor.FIND_NUL);
        int nameEnd =
                portalEnd < 0
                        ? -1
                        : in.forEachByte(portalEnd + 1, to - portalEnd - 1, ByteProcessor.FIND_NUL);
        if (nameEnd < 0
                && (to == in.readerIndex() + total || to - from > FrontendRelay.MAX_SHORT)) {
            throw new ProtocolViolation("Bind without the names of portal and statement");
        }
        return nameEnd;
    }

    /** Returns whether it was dealt with; otherwise it waits for the server's answer. */
    boolean bind(FrontendRelay relay, ByteBuf in, PgServerConnection server, int total) {
        int at = in.readerIndex();
        int portalAt = at + Frontend.HEADER_BYTES;
        int portalEnd = nul(in, portalAt, in.writerIndex());
        int nameEnd = nul(in, portalEnd + 1, in.writerIndex());
        PreparedStatement statement;
        if (nameEnd == portalEnd + 1) {
            statement = unnamed;
            if (statement == null) {
                refuse(relay, in, server, total, noUnnamed());
                return true;
            }
            if (!names.provideFor(statement, true, relay, server)) {
                return false;
            }
            if (statement.epoch() != unnamedEpoch) {
                refuse(relay, in, server, total, typeHasChanged());
                return true;
            }
            ensureUnnamed(relay, server, statement);
            if (mustCompare(server, statement)) {
                relay.sendRun();
                server.types().begin(statement, NO_NAME);
                return false;
            }
            use(in, portalAt, portalEnd, statement);
            server.expect(Expectation.BIND, lastUsing);
            relay.pass(in, total);
        } else {
            String name =
                    in.toString(portalEnd + 1, nameEnd - portalEnd - 1, StandardCharsets.UTF_8);
            if (session.state().hasOwnNames()) {
                bindOwn(relay, in, server, total, portalAt, portalEnd, name);
                return true;
            }
            statement = provide(relay, in, server, total, name);
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
            use(in, portalAt, portalEnd, statement);
            server.expect(Expectation.BIND, lastUsing);
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
            refuse(relay, in, server, total, typeHasChanged());
            return;
        }
        PreparedStatement statement =
                named == null ? maker.unread(Command.EXECUTE, server) : named.statement();
        use(in, portalAt, portalEnd, statement);
        server.expect(Expectation.BIND, lastUsing);
        relay.pass(in, total);
        session.pool().stats().add(Counter.BINDS, 1);
        session.requests().describe(statement);
    }

    /** Remembers what a portal executes. */
    private void use(ByteBuf in, int portalAt, int portalEnd, PreparedStatement statement) {
        Detail.Using using = lastUsing;
        if (using == null || using.statement() != statement) {
            using = new Detail.Using(statement, statement.effects());
            lastUsing = using;
        }
        if (portalEnd == portalAt) {
            unnamedPortal = using;
        } else {
            putPortal(portalName(in, portalAt, portalEnd), using);
        }
    }

    private void putPortal(String name, Detail.Using using) {
        if (!portals.put(name, using) && using.effects() != null) {
            session.state().pin(PinReason.UNREADABLE); // what executing it does will not be seen
        }
    }

    /** The server skipped the Close of a portal. */
    void onPortalStays(String name, Detail.Using using) {
        putPortal(name, using);
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

    /**
     * Has the server have a statement of the client's.
     *
     * @return null if the message was refused, or waits for the server's answers
     */
    private @Nullable PreparedStatement provide(
            FrontendRelay relay, ByteBuf in, PgServerConnection server, int total, String name) {
        Named named = usable(relay, in, server, total, name, session.statements().get(name));
        if (named == null) {
            return null;
        }
        if (server.statements().has(named.statement())) {
            return named.statement();
        }
        if (maker.isContextInDoubt(server)) {
            relay.awaitAnswers(server);
            return null;
        }
        Named here = usable(relay, in, server, total, name, maker.inContext(name, named, server));
        if (here == null) {
            return null;
        }
        PreparedStatement statement = here.statement();
        if (!server.statements().has(statement)) {
            relay.sendRun();
            send(server, statement, Expectation.OWN_PARSE, null);
        }
        return statement;
    }

    private @Nullable Named usable(
            FrontendRelay relay,
            ByteBuf in,
            PgServerConnection server,
            int total,
            String name,
            @Nullable Named named) {
        if (named == null) {
            refuse(
                    relay,
                    in,
                    server,
                    total,
                    ErrorResponse.error(
                            "26000", "prepared statement \"" + name + "\" does not exist"));
        } else if (named.isStale()) {
            refuse(relay, in, server, total, typeHasChanged());
            return null;
        }
        return named;
    }

    private static ErrorResponse typeHasChanged() {
        return ErrorResponse.error("0A000", "cached plan must not change result type")
                .withRoutine(CACHED_PLAN_ROUTINE);
    }

    private void ensureUnnamed(
            FrontendRelay relay, PgServerConnection server, PreparedStatement statement) {
        if (server.statements().unnamed() != statement) {
            relay.sendRun();
            ByteBuf out = server.channel().alloc().buffer(statement.body().length + 8);
            Messages.parse(out, NO_NAME, statement.body());
            unnamedDoubt.onChange();
            server.statements().setUnnamed(statement);
            server.expect(Expectation.OWN_PARSE, new Detail.Preparing(statement, null, null));
            server.send(out);
        }
    }

    private static ErrorResponse noUnnamed() {
        return ErrorResponse.error("26000", "unnamed prepared statement does not exist");
    }

    // ---- Describe, Execute, Close

    /** Returns whether it was dealt with; otherwise it waits for the server's answers. */
    boolean describe(FrontendRelay relay, ByteBuf in, PgServerConnection server, int total) {
        int kindAt = in.readerIndex() + Frontend.HEADER_BYTES;
        int nameEnd = nul(in, kindAt + 1, in.readerIndex() + total);
        if (in.getByte(kindAt) != 'S') {
            Detail.Using using = portal(in, kindAt + 1, nameEnd);
            server.expect(
                    Expectation.DESCRIBE_PORTAL,
                    using == null || !using.statement().isNamed()
                            ? null
                            : new Detail.Describing(using.statement(), using.statement().epoch()));
            relay.pass(in, total);
            return true;
        }
        if (nameEnd == kindAt + 1) {
            PreparedStatement statement = unnamed;
            if (statement == null) {
                refuse(relay, in, server, total, noUnnamed());
                return true;
            }
            ensureUnnamed(relay, server, statement);
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
        PreparedStatement statement = provide(relay, in, server, total, name);
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
        int portalEnd = nul(in, portalAt, in.readerIndex() + total);
        Detail.Using using = portal(in, portalAt, portalEnd);
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

    /** What a portal executes; null if that is not known. */
    private Detail.@Nullable Using portal(ByteBuf in, int nameAt, int nameEnd) {
        return nameEnd == nameAt ? unnamedPortal : portals.get(portalName(in, nameAt, nameEnd));
    }

    /** A portal's name as the server keeps it: of a longer one it compares no more either. */
    private static String portalName(ByteBuf in, int at, int end) {
        return in.toString(at, Math.min(end - at, MAX_NAME), StandardCharsets.ISO_8859_1);
    }

    /** Named portals that are known. */
    int portals() {
        return portals.size();
    }

    void close(FrontendRelay relay, ByteBuf in, PgServerConnection server, int total) {
        int kindAt = in.readerIndex() + Frontend.HEADER_BYTES;
        int nameEnd = nul(in, kindAt + 1, in.readerIndex() + total);
        boolean statement = in.getByte(kindAt) == 'S';
        if (!statement) {
            String portal = portalName(in, kindAt + 1, nameEnd);
            Detail.Using closed = portals.remove(portal);
            server.expect(
                    Expectation.CLOSE,
                    closed == null ? null : new Detail.ClosingPortal(portal, closed));
            relay.pass(in, total);
            return;
        }
        if (nameEnd == kindAt + 1) {
            setUnnamed(null);
            server.statements().setUnnamed(null);
            server.expect(Expectation.CLOSE, null);
            relay.pass(in, total);
            return;
        }
        String name = in.toString(kindAt + 1, nameEnd - kindAt - 1, StandardCharsets.UTF_8);
        namedDoubt.onChange();
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

    // ---- refusing

    /** Has the server itself fail, so that it skips to Sync; the client is told our error. */
    void refuse(
            FrontendRelay relay,
            ByteBuf in,
            PgServerConnection server,
            int total,
            ErrorResponse error) {
        relay.swallow(in, total);
        Refusing.series(server, error);
    }

    static int nul(ByteBuf in, int from, int to) {
        int end = to <= from ? -1 : in.forEachByte(from, to - from, ByteProcessor.FIND_NUL);
        if (end < 0) {
            throw new ProtocolViolation("a string without its end");
        }
        return end;
    }

    private static byte[] bytes(ByteBuf in, int from, int to) {
        byte[] bytes = new byte[to - from];
        in.getBytes(from, bytes);
        return bytes;
    }
}
