package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import io.sluice.metrics.Counter;
import io.sluice.pg.message.Backend;
import io.sluice.pg.message.ErrorFields;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.pg.message.RowType;
import io.sluice.pg.message.TransactionStatus;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a server may send, against what is {@link Expected} of it, and what becomes of each message.
 * Only headers are looked at, and the few messages that steer; these are acted upon as they are
 * seen.
 *
 * <p><b>Threads:</b> confined to the connection's loop.
 */
final class AnswerTable {
    /** Longest message that is read as a whole; longer ones of those kinds are a violation. */
    private static final int MAX_READ = 64 * 1024;

    /** So much of an error is looked at; the rest passes unseen. */
    private static final int ERROR_PREFIX = 2048;

    private final PgServerConnection connection;
    private final Expected expected;
    private final BackendRelay relay;

    /** Of the statement whose description has begun. */
    private long parameterTypes = RowType.UNKNOWN;

    private TransactionStatus status = TransactionStatus.IDLE;

    /** The present ReadyForQuery answers a Sync that was not counted on. */
    private boolean uncounted;

    /** What becomes of a message. */
    enum Fate {
        PASS,
        SWALLOW,
        /** Not enough of it has arrived to say. */
        WAIT
    }

    AnswerTable(PgServerConnection connection, Expected expected, BackendRelay relay) {
        this.connection = connection;
        this.expected = expected;
        this.relay = relay;
    }

    /** Whether the ReadyForQuery that was seen last answers a Sync that was not counted on. */
    boolean isUncounted() {
        return uncounted;
    }

    /** The ReadyForQuery that was seen last has been passed on, or swallowed. */
    void onReadyPassed() {
        Expectation head = expected.head();
        Detail detail = expected.headDetail();
        expected.removeHead();
        if (head != null && head.isOwn()) {
            connection.onOwnReady(status, detail);
        } else {
            connection.onReady(status, detail);
        }
    }

    /**
     * Looks at the message that begins at {@code at}, and does what it says, unless it must be
     * waited for.
     *
     * @param in borrowed; its indexes are not moved
     * @param available bytes of the message that have arrived
     * @param total bytes of the message, with its header
     * @throws ProtocolViolation if the server may not send it now
     */
    Fate onMessage(byte type, ByteBuf in, int at, int available, long total) {
        Expectation head = expected.head();
        switch (type) {
            case Backend.DATA_ROW, Backend.COPY_DATA, Backend.COPY_DONE -> {
                if (head == Expectation.QUERY || head == Expectation.EXECUTE) {
                    return Fate.PASS;
                }
                if (head == Expectation.OWN_QUERY || head == Expectation.OWN_EXECUTE) {
                    return Fate.SWALLOW;
                }
                throw unexpected(type, head);
            }
            case Backend.READY_FOR_QUERY -> {
                if (total != 6) {
                    throw new ProtocolViolation("ReadyForQuery of " + total + " bytes");
                }
                if (available < total) {
                    return Fate.WAIT;
                }
                uncounted = connection.copyIn().takesUncountedReady(head);
                if (uncounted) {
                    return Fate.PASS;
                }
                head = expected.head();
                if (head == null || !head.endsWithReady()) {
                    throw unexpected(type, head);
                }
                status = TransactionStatus.of(in.getByte(at + Backend.HEADER_BYTES));
                tellOfPin(in, at);
                return head.isOwn() ? Fate.SWALLOW : Fate.PASS;
            }
            case Backend.COMMAND_COMPLETE -> {
                if (!isWhole(type, available, total)) {
                    return Fate.WAIT;
                }
                return onCommandComplete(in, at, (int) total, head);
            }
            case Backend.ROW_DESCRIPTION, Backend.NO_DATA -> {
                if (head == Expectation.DESCRIBE_STATEMENT
                        || head == Expectation.DESCRIBE_PORTAL
                        || head == Expectation.OWN_DESCRIBE) {
                    return onDescribed(in, at, available, total, head.isOwn());
                }
                if (type == Backend.ROW_DESCRIPTION && head == Expectation.QUERY) {
                    return Fate.PASS;
                }
                if (type == Backend.ROW_DESCRIPTION
                        && head == Expectation.OWN_QUERY
                        && !connection.copyIn().isFenced()) {
                    return Fate.SWALLOW;
                }
                throw unexpected(type, head);
            }
            case Backend.PARSE_COMPLETE -> {
                return onParseComplete(head);
            }
            case Backend.BIND_COMPLETE -> {
                if (head != Expectation.OWN_BIND) {
                    require(type, head, Expectation.BIND);
                }
                expected.removeHead();
                return head == Expectation.OWN_BIND ? Fate.SWALLOW : Fate.PASS;
            }
            case Backend.CLOSE_COMPLETE -> {
                if (head != Expectation.CLOSE && head != Expectation.OWN_CLOSE) {
                    throw unexpected(type, head);
                }
                if (expected.headDetail() instanceof Detail.ClosingName closing) {
                    connection.forget(closing.named());
                }
                expected.removeHead();
                return head.isOwn() ? Fate.SWALLOW : Fate.PASS;
            }
            case Backend.PARAMETER_DESCRIPTION -> {
                return onParameterDescription(in, at, available, total, head);
            }
            case Backend.EMPTY_QUERY_RESPONSE -> {
                if (head == Expectation.EXECUTE) {
                    expected.removeHead();
                    return Fate.PASS;
                }
                if (head == Expectation.OWN_QUERY) {
                    connection.copyIn().onFenceReached();
                    return Fate.SWALLOW;
                }
                require(type, head, Expectation.QUERY);
                return Fate.PASS;
            }
            case Backend.PORTAL_SUSPENDED -> {
                require(type, head, Expectation.EXECUTE);
                connection.consequences().onExecuted(expected.headDetail(), 0);
                expected.removeHead();
                return Fate.PASS;
            }
            case Backend.FUNCTION_CALL_RESPONSE -> {
                require(type, head, Expectation.FUNCTION_CALL);
                return Fate.PASS;
            }
            case Backend.COPY_IN_RESPONSE -> {
                if (head != Expectation.QUERY && head != Expectation.EXECUTE) {
                    throw unexpected(type, head);
                }
                connection.copyIn().begin(expected.dropSyncsBehindHead());
                return Fate.PASS;
            }
            case Backend.COPY_OUT_RESPONSE -> {
                if (head != Expectation.QUERY && head != Expectation.EXECUTE) {
                    throw unexpected(type, head);
                }
                return Fate.PASS;
            }
            case Backend.ERROR_RESPONSE -> {
                if (available < Math.min(total, ERROR_PREFIX)) {
                    return Fate.WAIT;
                }
                return onError(in, at, available, head);
            }
            case Backend.NOTICE_RESPONSE -> {
                boolean nobodys = connection.session() == null || (head != null && head.isOwn());
                return nobodys ? Fate.SWALLOW : Fate.PASS;
            }
            case Backend.PARAMETER_STATUS -> {
                if (!isWhole(type, available, total)) {
                    return Fate.WAIT;
                }
                return onParameterStatus(in, at, (int) total, head);
            }
            case Backend.NOTIFICATION_RESPONSE -> {
                PgSession session = connection.session();
                return session != null && session.state().listens() ? Fate.PASS : Fate.SWALLOW;
            }
            default -> throw unexpected(type, head);
        }
    }

    private static boolean isWhole(byte type, int available, long total) {
        if (total > MAX_READ) {
            throw new ProtocolViolation("message %c of %d bytes".formatted(type, total));
        }
        return available == total;
    }

    private static void require(byte type, @Nullable Expectation head, Expectation wanted) {
        if (head != wanted) {
            throw unexpected(type, head);
        }
    }

    private static ProtocolViolation unexpected(byte type, @Nullable Expectation head) {
        String printable =
                type > ' ' && type < 0x7f
                        ? String.valueOf((char) type)
                        : "0x%02x".formatted(Byte.toUnsignedInt(type));
        return new ProtocolViolation(
                "message %s while %s was to be answered"
                        .formatted(printable, head == null ? "nothing" : head));
    }

    private Fate onCommandComplete(ByteBuf in, int at, int total, @Nullable Expectation head) {
        if (head == Expectation.OWN_QUERY && !connection.copyIn().isFenced()) {
            return Fate.SWALLOW;
        }
        if (head != Expectation.QUERY
                && head != Expectation.EXECUTE
                && head != Expectation.OWN_EXECUTE) {
            throw unexpected(Backend.COMMAND_COMPLETE, head);
        }
        Detail detail = expected.headDetail();
        int tag = at + Backend.HEADER_BYTES;
        connection.consequences().onCommandTag(in, tag, at + total - 1 - tag);
        boolean own =
                head == Expectation.OWN_EXECUTE || connection.consequences().isInserted(detail);
        if (head == Expectation.QUERY) {
            connection.consequences().onStatementOfQuery(detail);
        } else {
            connection.consequences().onExecuted(detail, 0);
            expected.removeHead();
        }
        return own ? Fate.SWALLOW : Fate.PASS;
    }

    private Fate onParameterDescription(
            ByteBuf in, int at, int available, long total, @Nullable Expectation head) {
        if (head != Expectation.OWN_DESCRIBE) {
            require(Backend.PARAMETER_DESCRIPTION, head, Expectation.DESCRIBE_STATEMENT);
        }
        if (expected.headDetail() instanceof Detail.Describing && total <= MAX_READ) {
            if (available < total) {
                return Fate.WAIT;
            }
            parameterTypes = RowType.ofParameters(in, at + Backend.HEADER_BYTES, at + available);
        }
        return head == Expectation.OWN_DESCRIBE ? Fate.SWALLOW : Fate.PASS;
    }

    private Fate onDescribed(ByteBuf in, int at, int available, long total, boolean own) {
        if (expected.headDetail() instanceof Detail.Describing asked) {
            if (available < total && total <= MAX_READ) {
                return Fate.WAIT;
            }
            int from = at + Backend.HEADER_BYTES;
            long rowType =
                    in.getByte(at) == Backend.NO_DATA
                            ? RowType.NO_ROWS
                            : available < total
                                    ? RowType.UNKNOWN
                                    : RowType.fingerprint(in, from, at + available);
            long parameters = parameterTypes;
            parameterTypes = RowType.UNKNOWN;
            expected.removeHead();
            relay.passUpTo(in, at);
            connection.types().onDescribed(asked, rowType, parameters, own);
        } else {
            expected.removeHead();
        }
        return own ? Fate.SWALLOW : Fate.PASS;
    }

    private Fate onParseComplete(@Nullable Expectation head) {
        if (head == Expectation.OWN_PARSE) {
            expected.removeHead();
            connection.pool().stats().add(Counter.SERVER_PARSES, 1);
            return Fate.SWALLOW;
        }
        require(Backend.PARSE_COMPLETE, head, Expectation.PARSE);
        if (expected.headDetail() instanceof Detail.Replacing replacing
                && replacing.former() != null) {
            connection.forget(replacing.former());
        }
        expected.removeHead();
        connection.pool().stats().add(Counter.SERVER_PARSES, 1);
        return Fate.PASS;
    }

    private Fate onParameterStatus(ByteBuf in, int at, int total, @Nullable Expectation head) {
        int from = at + Backend.HEADER_BYTES;
        int end = at + total;
        int nameEnd = in.forEachByte(from, end - from, ByteProcessor.FIND_NUL);
        int valueEnd =
                nameEnd < 0
                        ? -1
                        : in.forEachByte(nameEnd + 1, end - nameEnd - 1, ByteProcessor.FIND_NUL);
        if (valueEnd < 0) {
            throw new ProtocolViolation("ParameterStatus without its strings");
        }
        String name = in.toString(from, nameEnd - from, StandardCharsets.UTF_8);
        String value = in.toString(nameEnd + 1, valueEnd - nameEnd - 1, StandardCharsets.UTF_8);
        boolean own = head != null && head.isOwn();
        return connection.onParameter(name, value, own) ? Fate.PASS : Fate.SWALLOW;
    }

    private Fate onError(ByteBuf in, int at, int available, @Nullable Expectation head) {
        ErrorFields error = ErrorFields.read(in, at + Backend.HEADER_BYTES, at + available);
        if (error.isFatal()) {
            relay.passUpTo(in, at);
            connection.onFatal(error);
            return Fate.SWALLOW;
        }
        if (head == null) {
            throw new ProtocolViolation("an error while nothing was to be answered");
        }
        Detail detail = expected.headDetail();
        parameterTypes = RowType.UNKNOWN;
        connection.onStatementFailed(error);
        if (head == Expectation.OWN_QUERY || head == Expectation.OWN_SYNC) {
            connection.onOwnError(error);
            return Fate.SWALLOW;
        }
        Fate fate = Fate.PASS;
        if (detail instanceof Detail.Refused refused) {
            relay.passUpTo(in, at);
            connection.answerWith(refused.error());
            fate = Fate.SWALLOW;
        }
        ErrorResponse instead = connection.wordsForCancelled(error);
        if (instead != null && fate == Fate.PASS) {
            relay.passUpTo(in, at);
            connection.answerWith(instead);
            fate = Fate.SWALLOW;
        }
        connection.consequences().onFailed(head, detail, error);
        if (head.skipsToSync()) {
            expected.skipToSync(connection.consequences());
            connection.types().resumeClient();
        } else if (head == Expectation.QUERY) {
            expected.setHeadDetail(null);
        }
        return fate;
    }

    /** Between two messages: the only place for a notice of the proxy's own. */
    private void tellOfPin(ByteBuf in, int at) {
        PgSession session = connection.session();
        ByteBuf notice = session == null ? null : session.answers().takePinNotice();
        if (session != null && notice != null) {
            relay.injectBefore(in, at, session, notice);
        }
    }
}
