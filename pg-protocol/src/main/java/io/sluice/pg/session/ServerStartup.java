package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ByteProcessor;
import io.sluice.pg.auth.AuthenticationResponse;
import io.sluice.pg.auth.ServerLogin;
import io.sluice.pg.auth.ServerLoginPolicy;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.message.Backend;
import io.sluice.pg.message.ErrorFields;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.pool.ServerConnection;
import io.sluice.pool.Startup;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Opens one PostgreSQL server connection: logs in, and reads what the server tells of itself up to
 * its first ReadyForQuery, and right behind that. Then {@link BackendRelay} takes its place.
 *
 * <p><b>Threads:</b> confined to the pool's loop.
 */
final class ServerStartup extends Startup {
    private static final Logger LOG = LogManager.getLogger(ServerStartup.class);
    private static final int MAX_MESSAGE = 64 * 1024;

    /** What authorises a cancel request: process id and secret, 4 bytes or (3.2) up to 256. */
    record Key(int processId, byte[] secret) {}

    private final PgPool pgPool;
    private final PgServerConnection connection;
    private final Map<String, String> parameters = new LinkedHashMap<>();
    private @Nullable ServerLogin login;
    private @Nullable Key key;
    private boolean loggedIn;

    ServerStartup(PgPool pgPool, PgServerConnection connection, ServerConnection.Opening opening) {
        super(pgPool, connection, opening);
        this.pgPool = pgPool;
        this.connection = connection;
    }

    @Override
    protected void secure(
            Channel connected, SocketAddress to, Runnable ready, Consumer<String> failed) {
        TlsStep.begin(connected, pgPool.backend(), to, pgPool.proxy().tls(), ready, failed);
    }

    @Override
    protected void logIn() {
        PgSettings.Backend settings = (PgSettings.Backend) pgPool.backend().protocolSettings();
        ServerLoginPolicy policy =
                new ServerLoginPolicy(
                        settings.allowCleartext(),
                        ServerLoginPolicy.DEFAULT.channelBinding(),
                        ServerLoginPolicy.DEFAULT.maxIterations());
        login =
                new ServerLogin(
                        pgPool.serverUser(),
                        pgPool.serverSecret(),
                        serverCertificate(),
                        policy,
                        pgPool.proxy().keyDerivation(),
                        pgPool.loop().executor());
        ByteBuf out = channel().alloc().buffer(256);
        out.writeInt(0).writeInt(Messages.PROTOCOL_3_0);
        Messages.string(out, "user");
        Messages.string(out, pgPool.serverUser());
        Messages.string(out, "database");
        Messages.string(out, pgPool.serverDatabase());
        pgPool.startupParameters()
                .forEach((name, value) -> {
                    Messages.string(out, name);
                    Messages.string(out, value);
                });
        out.writeByte(0);
        out.setInt(0, out.readableBytes());
        channel().writeAndFlush(out, channel().voidPromise());
    }

    private @Nullable X509Certificate serverCertificate() {
        SslHandler tls = channel().pipeline().get(SslHandler.class);
        if (tls == null) {
            return null;
        }
        try {
            return tls.engine().getSession().getPeerCertificates()[0] instanceof X509Certificate x
                    ? x
                    : null;
        } catch (SSLPeerUnverifiedException e) {
            LOG.debug("pool={} the server showed no certificate", pgPool.pool().key(), e);
            return null;
        }
    }

    @Override
    protected boolean read(ByteBuf in) {
        try {
            return readMessage(in);
        } catch (ProtocolViolation e) {
            fail("it broke the protocol: " + e.getMessage(), "");
            return false;
        }
    }

    private boolean readMessage(ByteBuf in) {
        if (in.readableBytes() < Backend.HEADER_BYTES) {
            return false;
        }
        int at = in.readerIndex();
        byte type = in.getByte(at);
        int length = in.getInt(at + 1);
        if (length < Integer.BYTES || length > MAX_MESSAGE) {
            throw new ProtocolViolation("length %d of a message %d".formatted(length, type));
        }
        if (in.readableBytes() <= length) {
            return false;
        }
        ByteBuf body = in.slice(at + Backend.HEADER_BYTES, length - Integer.BYTES);
        in.skipBytes(1 + length);
        onMessage(type, body);
        return true;
    }

    private void onMessage(byte type, ByteBuf body) {
        switch (type) {
            case Backend.ERROR_RESPONSE -> {
                ErrorFields error = ErrorFields.read(body, body.readerIndex(), body.writerIndex());
                fail(error.message(), error.code());
            }
            case Backend.NOTICE_RESPONSE -> {}
            case Backend.AUTHENTICATION -> {
                if (loggedIn || body.readableBytes() < Integer.BYTES) {
                    throw new ProtocolViolation("an authentication message out of place");
                }
                onAuthentication(body.readInt(), body);
            }
            case Backend.PARAMETER_STATUS -> {
                requireLogin(type);
                parameters.put(string(body), string(body));
            }
            case Backend.BACKEND_KEY_DATA -> {
                requireLogin(type);
                requireNotReady(type);
                int secretLength = body.readableBytes() - Integer.BYTES;
                if (secretLength < 4 || secretLength > 256) {
                    throw new ProtocolViolation("a cancel key of %d bytes".formatted(secretLength));
                }
                int processId = body.readInt();
                byte[] secret = new byte[secretLength];
                body.readBytes(secret);
                key = new Key(processId, secret);
            }
            case Backend.READY_FOR_QUERY -> {
                requireLogin(type);
                requireNotReady(type);
                if (body.readableBytes() != 1 || body.getByte(body.readerIndex()) != 'I') {
                    throw new ProtocolViolation("not idle after login");
                }
                ready();
            }
            default -> throw new ProtocolViolation("message %d during login".formatted(type));
        }
    }

    private void requireLogin(byte type) {
        if (!loggedIn) {
            throw new ProtocolViolation("message %d before login".formatted(type));
        }
    }

    private void requireNotReady(byte type) {
        if (isReady()) {
            throw new ProtocolViolation("message %d behind the end of login".formatted(type));
        }
    }

    private static String string(ByteBuf body) {
        int end =
                body.forEachByte(body.readerIndex(), body.readableBytes(), ByteProcessor.FIND_NUL);
        if (end < 0) {
            throw new ProtocolViolation("a string without its end");
        }
        String value =
                body.toString(body.readerIndex(), end - body.readerIndex(), StandardCharsets.UTF_8);
        body.readerIndex(end + 1);
        return value;
    }

    private void onAuthentication(int code, ByteBuf payload) {
        ServerLogin asked = Objects.requireNonNull(login, "login has not begun");
        asked.onAuthentication(code, payload)
                .whenComplete((step, failure) -> {
                    if (isOver()) {
                        return;
                    }
                    if (failure != null) {
                        fail("login failed: " + failure.getMessage(), "");
                        return;
                    }
                    onLoginStep(step);
                });
    }

    private void onLoginStep(ServerLogin.Step step) {
        switch (step) {
            case ServerLogin.Step.Send(AuthenticationResponse response) -> {
                ByteBuf out = channel().alloc().buffer(128);
                response.writeTo(out);
                channel().writeAndFlush(out, channel().voidPromise());
            }
            case ServerLogin.Step.Await _ -> {}
            case ServerLogin.Step.LoggedIn _ -> loggedIn = true;
            case ServerLogin.Step.Failed(String reason) -> fail(reason, "");
        }
    }

    @Override
    protected void onOpen(Channel open, SocketAddress to, String tls) {
        Key known = key;
        connection.onOpen(
                open, to, known == null ? new Key(0, new byte[4]) : known, parameters, tls);
    }
}
