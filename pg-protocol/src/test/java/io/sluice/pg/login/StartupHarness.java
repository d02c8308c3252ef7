package io.sluice.pg.login;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.ongres.scram.client.ScramClient;
import com.ongres.scram.common.exception.ScramException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.app.ConfigFile;
import io.sluice.app.Sluice;
import io.sluice.config.ListenerConfig;
import io.sluice.config.Loaded;
import io.sluice.config.Secret;
import io.sluice.net.Clock;
import io.sluice.net.TlsContexts;
import io.sluice.session.Logins;
import io.sluice.tenant.credential.PasswordHasher;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * Logins without sockets: what a client sends is fed in any pieces, and what it is told is
 * collected. Everything but the channel is real. Who is let in is the console's administrator,
 * whose session stays on the channel; tenants' clients are only sent away.
 *
 * <p><b>Threads:</b> the test's own, which plays the channel's loop.
 */
final class StartupHarness implements AutoCloseable {
    static final String ADMIN = "admin";
    static final String PASSWORD = "secret";

    private final Sluice sluice;
    private final PostgresServer server;
    private final ListenerConfig listener;

    private StartupHarness(Sluice sluice) {
        this.sluice = sluice;
        this.server = new PostgresServer(sluice);
        this.listener =
                Objects.requireNonNull(sluice.config().listeners().get("postgres")).getFirst();
    }

    static StartupHarness start(Path folder) throws IOException {
        Path path = folder.resolve("sluice.conf");
        Files.writeString(
                path,
                """
                sluice.listen { postgres = ["127.0.0.1:0"], http = "127.0.0.1:0" }
                sluice.transport = nio
                sluice.limits.max-clients = 10
                sluice.log.connections = false
                sluice.backends.main { protocol = postgres, hosts = ["127.0.0.1:1"], max-connections = 10 }
                sluice.console.users.%1$s { role = admin, verify = "%2$s" }
                sluice.tenants.acme.postgres {
                  backend = main
                  databases.app { dbname = app }
                  users.app { verify = "%2$s", server { user = acme, secret = other } }
                }
                """
                        .formatted(
                                ADMIN,
                                PasswordHasher.scram(
                                                new Secret(PASSWORD),
                                                PasswordHasher.DEFAULT_ITERATIONS)
                                        .format()
                                        .reveal()));
        ConfigFile file = ConfigFile.at(path);
        try (TlsContexts tls = new TlsContexts()) {
            return switch (file.load(tls)) {
                case Loaded.Refused(var errors) ->
                        throw new IllegalArgumentException(errors.toString());
                case Loaded.Ready ready ->
                        new StartupHarness(Sluice.start(file, ready, Clock.SYSTEM));
            };
        }
    }

    Conversation begin() {
        return new Conversation();
    }

    @Override
    public void close() {
        sluice.close();
    }

    /** A client's proof by SCRAM-SHA-256, step by step. */
    static final class Proof {
        private final ScramClient client;

        Proof(String password) {
            client =
                    ScramClient.builder()
                            .advertisedMechanisms(List.of("SCRAM-SHA-256"))
                            .username("*")
                            .password(password.toCharArray())
                            .build();
        }

        byte[] first() {
            return FrontendBytes.saslInitialResponse(
                    client.getScramMechanism().getName(),
                    client.clientFirstMessage().toString().getBytes(UTF_8));
        }

        byte[] last(PgMessage saslContinue) throws ScramException {
            client.serverFirstMessage(saslContinue.payloadText().substring(Integer.BYTES));
            return FrontendBytes.saslResponse(
                    client.clientFinalMessage().toString().getBytes(UTF_8));
        }
    }

    /** One client that logs in. */
    final class Conversation {
        private final UnpooledByteBufAllocator allocator =
                new UnpooledByteBufAllocator(false, false);
        private final EmbeddedChannel channel = new EmbeddedChannel();

        private Conversation() {
            channel.config().setAllocator(allocator);
            channel.pipeline()
                    .addLast(
                            "startup",
                            new ClientStartup(
                                    server, listener, channel, Clock.SYSTEM, new Logins()));
        }

        /** The client sends these pieces, one read each, as far as it is listened to. */
        void send(List<byte[]> pieces) {
            for (byte[] piece : pieces) {
                if (channel.isActive() && piece.length > 0) {
                    channel.writeInbound(allocator.buffer(piece.length).writeBytes(piece));
                }
            }
        }

        /** What the client was sent since the last call. */
        byte[] answer() {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            channel.runPendingTasks();
            for (ByteBuf next = channel.readOutbound();
                    next != null;
                    next = channel.readOutbound()) {
                byte[] bytes = new byte[next.readableBytes()];
                next.readBytes(bytes);
                next.release();
                all.writeBytes(bytes);
            }
            return all.toByteArray();
        }

        /**
         * As {@link #answer}, cut into messages; the single letter that refuses TLS is one, too.
         */
        List<PgMessage> messages() {
            ByteBuffer bytes = ByteBuffer.wrap(answer());
            List<PgMessage> messages = new ArrayList<>();
            while (bytes.hasRemaining()) {
                char type = (char) bytes.get();
                boolean isLetter = type == 'N' && !holdsMessageBody(bytes);
                byte[] payload = new byte[isLetter ? 0 : bytes.getInt() - Integer.BYTES];
                bytes.get(payload);
                messages.add(new PgMessage(type, payload));
            }
            return messages;
        }

        private static boolean holdsMessageBody(ByteBuffer bytes) {
            return bytes.remaining() >= Integer.BYTES
                    && bytes.getInt(bytes.position()) <= bytes.remaining();
        }

        /**
         * Logs in by SCRAM as far as that goes.
         *
         * @param wire what becomes of each of the three things that the client sends, in order
         * @return all that the client was told
         */
        List<PgMessage> login(byte[] startup, Proof proof, List<Wire> wire) throws ScramException {
            List<PgMessage> all = new ArrayList<>();
            send(wire.get(0).carry(startup));
            all.addAll(messages());
            if (isAsked(all, 10)) {
                send(wire.get(1).carry(proof.first()));
                all.addAll(messages());
            }
            if (isAsked(all, 11)) {
                send(wire.get(2).carry(proof.last(all.getLast())));
                all.addAll(messages());
            }
            return all;
        }

        private boolean isAsked(List<PgMessage> all, int code) {
            return channel.isActive()
                    && !all.isEmpty()
                    && all.getLast().type() == 'R'
                    && all.getLast().reader().getInt() == code;
        }

        boolean isOpen() {
            return channel.isActive();
        }

        /** Memory that buffers of this login take now, in bytes. */
        long memory() {
            return allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
        }

        /** The client closes; nothing may be left of it. */
        void end() {
            channel.close();
            channel.runPendingTasks();
            channel.checkException();
            answer();
            if (sluice.admission().unauthenticated() != 0) {
                throw new AssertionError("the connection is still counted as logging in");
            }
            if (memory() != 0) {
                throw new AssertionError(memory() + " bytes of buffers were not released");
            }
        }
    }

    /** What becomes of bytes on their way: the reads in which they arrive. */
    interface Wire {
        Wire WHOLE = List::of;
        Wire BYTE_BY_BYTE = bytes -> split(bytes, 1);

        List<byte[]> carry(byte[] bytes);

        /** Cut once; whole if it is shorter. */
        static Wire cutAt(int at) {
            return bytes ->
                    at >= bytes.length
                            ? List.of(bytes)
                            : List.of(
                                    Arrays.copyOf(bytes, at),
                                    Arrays.copyOfRange(bytes, at, bytes.length));
        }

        /** Changed first. */
        default Wire after(UnaryOperator<byte[]> change) {
            return bytes -> carry(change.apply(bytes));
        }

        private static List<byte[]> split(byte[] bytes, int size) {
            List<byte[]> pieces = new ArrayList<>();
            for (int from = 0; from < bytes.length; from += size) {
                pieces.add(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + size)));
            }
            return pieces;
        }
    }
}
