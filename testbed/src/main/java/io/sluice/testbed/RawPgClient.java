package io.sluice.testbed;

import static java.util.Objects.requireNonNull;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Checksum;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A client that speaks PostgreSQL's protocol byte by byte, for what no driver would do: messages in
 * any order and any cuts, half a message and then nothing, several at once.
 *
 * <p>Reads block for at most the timeout (10 seconds unless set) and then fail with {@link
 * SocketTimeoutException}. What the server reports at login ({@link #parameters}, {@link
 * #cancelKey}) is kept as it comes by, at any later moment too.
 *
 * <p><b>Threads:</b> one may send while another reads.
 */
public final class RawPgClient implements AutoCloseable {

    private final ClientSocket socket;
    private DataInputStream in;
    private final Map<String, String> parameters = new LinkedHashMap<>();
    private @Nullable CancelKey cancelKey;
    private byte[] pieces = new byte[0];

    /**
     * What a cancel request has to show.
     *
     * @param pid as the server gave it
     * @param secret 4 bytes in protocol 3.0, up to 256 from 3.2
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record CancelKey(int pid, byte[] secret) {}

    private RawPgClient(SocketAddress address) throws IOException {
        this.socket = ClientSocket.connect(address);
        this.in = new DataInputStream(socket.in());
    }

    /** Connects and sends nothing yet. */
    public static RawPgClient connect(String host, int port) throws IOException {
        return new RawPgClient(new InetSocketAddress(host, port));
    }

    /** Connects to a unix socket and sends nothing yet. */
    public static RawPgClient connect(Path socket) throws IOException {
        return new RawPgClient(UnixDomainSocketAddress.of(socket));
    }

    /**
     * Connects and logs in by whatever the server asks for; the client is then ready for queries.
     */
    public static RawPgClient login(
            String host, int port, String user, String password, String database)
            throws IOException {
        RawPgClient client = connect(host, port);
        try {
            client.login(user, password, Map.of("database", database));
            return client;
        } catch (IOException | RuntimeException e) {
            client.close();
            throw e;
        }
    }

    /** The longest that a read waits from now on. */
    public RawPgClient timeout(Duration timeout) throws IOException {
        socket.timeout(timeout);
        return this;
    }

    /** Sends the bytes as they are, in one write. */
    public RawPgClient send(byte[]... messages) throws IOException {
        socket.send(messages);
        return this;
    }

    /** Sends the bytes in writes of {@code size} bytes each, the last one maybe shorter. */
    public RawPgClient sendInFragments(int size, byte[]... messages) throws IOException {
        socket.sendInFragments(size, messages);
        return this;
    }

    /** Sends a startup message of protocol 3.0. */
    public RawPgClient startup(Map<String, String> startupParameters) throws IOException {
        return send(FrontendBytes.startup(FrontendBytes.PROTOCOL_3_0, startupParameters));
    }

    /**
     * Sends a startup message of protocol 3.0 and logs in.
     *
     * @param more startup parameters besides the user
     * @return the messages of the login, ReadyForQuery last
     * @throws LoginRefused with the server's ErrorResponse
     */
    public List<PgMessage> login(String user, String password, Map<String, String> more)
            throws IOException {
        var startupParameters = new LinkedHashMap<>(Map.of("user", user));
        startupParameters.putAll(more);
        startup(startupParameters);
        return authenticate(user, password);
    }

    /** Answers what the server asks for after a startup message; see {@link #login}. */
    public List<PgMessage> authenticate(String user, String password) throws IOException {
        var exchange = new RawAuthentication(user, password, socket.socket());
        var messages = new ArrayList<PgMessage>();
        while (true) {
            PgMessage message = read();
            messages.add(message);
            switch (message.type()) {
                case 'R' -> {
                    byte @Nullable [] answer = exchange.answer(message);
                    if (answer != null) {
                        send(answer);
                    }
                }
                case 'E' -> throw new LoginRefused(message);
                case 'Z' -> {
                    return messages;
                }
                default -> {} // ParameterStatus and the like: read() has noted them
            }
        }
    }

    /** Asks for TLS and sets it up; the certificate is not looked at. */
    public RawPgClient upgradeToTls() throws IOException {
        send(FrontendBytes.sslRequest());
        char answer = (char) readByte();
        if (answer != 'S') {
            throw new IOException("the server answered the SSLRequest with " + answer);
        }
        return startTls(TrustAnyone.context(), List.of(), null);
    }

    /**
     * Sets TLS up without asking, with ALPN {@code postgresql}, as PostgreSQL 17 and later allow.
     */
    public RawPgClient directTls() throws IOException {
        return startTls(TrustAnyone.context(), List.of("postgresql"), null);
    }

    /** As {@link #upgradeToTls}, asking for the certificate of {@code serverName} (SNI). */
    public RawPgClient upgradeToTls(String serverName) throws IOException {
        send(FrontendBytes.sslRequest());
        char answer = (char) readByte();
        if (answer != 'S') {
            throw new IOException("the server answered the SSLRequest with " + answer);
        }
        return startTls(TrustAnyone.context(), List.of(), serverName);
    }

    /** The certificate that the server has shown; it must have. */
    public X509Certificate serverCertificate() throws IOException {
        return socket.serverCertificate();
    }

    /** Sets TLS up on the connection as it is. */
    public RawPgClient startTls(SSLContext context, List<String> alpn) throws IOException {
        return startTls(context, alpn, null);
    }

    private RawPgClient startTls(SSLContext context, List<String> alpn, @Nullable String serverName)
            throws IOException {
        socket.startTls(context, alpn, serverName);
        in = new DataInputStream(socket.in());
        return this;
    }

    /** Reads one byte that is no message, such as the answer to an SSLRequest. */
    public int readByte() throws IOException {
        return in.readUnsignedByte();
    }

    /**
     * Reads the next message.
     *
     * @throws EOFException if the server has closed the connection
     */
    public PgMessage read() throws IOException {
        char type = (char) in.readUnsignedByte();
        int length = in.readInt();
        if (length < Integer.BYTES) {
            throw new IOException("message %s of length %d".formatted(type, length));
        }
        var message = new PgMessage(type, in.readNBytes(length - Integer.BYTES));
        note(message);
        return message;
    }

    /** A message whose payload was not kept: its type and how long the payload was. */
    public record Skimmed(char type, int length) {}

    /**
     * Reads the next message without keeping it, so that it may be as long as any.
     *
     * @param summed the type of messages whose payload goes into {@code sum}
     * @throws EOFException if the server has closed the connection
     */
    public Skimmed skim(char summed, Checksum sum) throws IOException {
        char type = (char) in.readUnsignedByte();
        int length = in.readInt() - Integer.BYTES;
        if (length < 0) {
            throw new IOException("message %s of length %d".formatted(type, length));
        }
        if (pieces.length == 0) {
            pieces = new byte[64 * 1024]; // most clients never skim
        }
        byte[] piece = pieces;
        for (int left = length; left > 0; ) {
            int read = in.read(piece, 0, Math.min(left, piece.length));
            if (read < 0) {
                throw new EOFException("%d bytes short of message %s".formatted(left, type));
            }
            if (type == summed) {
                sum.update(piece, 0, read);
            }
            left -= read;
        }
        return new Skimmed(type, length);
    }

    /** Reads up to and including the next message of that type. */
    public List<PgMessage> readUntil(char type) throws IOException {
        var messages = new ArrayList<PgMessage>();
        do {
            messages.add(read());
        } while (messages.getLast().type() != type);
        return messages;
    }

    /** Reads up to and including the next ReadyForQuery. */
    public List<PgMessage> readUntilReady() throws IOException {
        return readUntil('Z');
    }

    /** Reads whatever still comes until the server closes the connection. */
    public List<PgMessage> readUntilClosed() throws IOException {
        var messages = new ArrayList<PgMessage>();
        while (!atEnd()) {
            messages.add(read());
        }
        return messages;
    }

    /** Reads what still comes, whatever it is, until the server closes the connection. */
    public byte[] readRest() throws IOException {
        return in.readAllBytes();
    }

    /** Whether the server has closed the connection; waits until it does or sends something. */
    public boolean atEnd() throws IOException {
        return socket.atEnd();
    }

    /** Sends a Query and reads its whole answer. */
    public List<PgMessage> query(String sql) throws IOException {
        return send(FrontendBytes.query(sql)).readUntilReady();
    }

    /** The first value of the first row of a Query's answer; fails with the server's error. */
    public @Nullable String queryOne(String sql) throws IOException {
        @Nullable String value = null;
        boolean found = false;
        for (PgMessage message : query(sql)) {
            if (message.type() == 'E') {
                throw new IOException(sql + ": " + message);
            }
            if (message.type() == 'D' && !found) {
                value = message.values().getFirst();
                found = true;
            }
        }
        if (!found) {
            throw new IOException(sql + " returned no row");
        }
        return value;
    }

    /** The settings that the server has reported, each with its latest value. */
    public Map<String, String> parameters() {
        return Map.copyOf(parameters);
    }

    /** What the server gave for cancelling; it must have done so. */
    public CancelKey cancelKey() {
        return requireNonNull(cancelKey, "the server has sent no BackendKeyData");
    }

    /**
     * Sends a cancel request for this client on a new connection and waits until that is closed.
     */
    public void cancel() throws IOException {
        CancelKey key = cancelKey();
        try (RawPgClient canceller = new RawPgClient(socket.address())) {
            canceller.send(FrontendBytes.cancelRequest(key.pid(), key.secret()));
            if (!canceller.atEnd()) {
                throw new IOException("the server answered a cancel request");
            }
        }
    }

    /** Sends no more, as a client that ends its half of the connection; reading goes on. */
    public RawPgClient shutdownOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Breaks the connection: the server sees a reset, not an end. */
    public void abort() throws IOException {
        socket.abort();
    }

    /** Closes the connection without a Terminate. */
    @Override
    public void close() throws IOException {
        socket.close();
    }

    private void note(PgMessage message) {
        ByteBuffer fields = message.reader();
        if (message.type() == 'S') {
            parameters.put(PgMessage.string(fields), PgMessage.string(fields));
        } else if (message.type() == 'K') {
            int pid = fields.getInt();
            byte[] secret = new byte[fields.remaining()];
            fields.get(secret);
            cancelKey = new CancelKey(pid, secret);
        }
    }
}
