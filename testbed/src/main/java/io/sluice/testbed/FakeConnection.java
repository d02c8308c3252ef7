package io.sluice.testbed;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The server's end of one connection of a {@link FakePostgresServer}, as its script uses it.
 *
 * <p>Reads wait until something comes; a connection that the other end closes meanwhile is an
 * {@link EOFException}, and so a failure of the script unless it awaits that.
 */
public final class FakeConnection {

    /** What the connection reports at login unless told otherwise. */
    public static final Map<String, String> PARAMETERS =
            Map.of(
                    "server_version", "18.0",
                    "server_encoding", "UTF8",
                    "client_encoding", "UTF8",
                    "DateStyle", "ISO, MDY",
                    "TimeZone", "UTC",
                    "integer_datetimes", "on",
                    "standard_conforming_strings", "on");

    private static final int CANCEL_REQUEST = (1234 << 16) | 5678;
    private static final int SSL_REQUEST = (1234 << 16) | 5679;
    private static final int GSSENC_REQUEST = (1234 << 16) | 5680;

    private final Socket socket;
    private final DataInputStream in;
    private byte[] opening = new byte[0];

    FakeConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    /**
     * Lets the client in without asking, with {@link #PARAMETERS} and a cancel key of this
     * connection's port number and four zero bytes.
     *
     * @return the startup parameters
     */
    public Map<String, String> acceptLogin() throws IOException {
        return acceptLogin(PARAMETERS, socket.getPort(), new byte[Integer.BYTES]);
    }

    /** Lets the client in without asking, reporting what is given. */
    public Map<String, String> acceptLogin(Map<String, String> parameters, int pid, byte[] secret)
            throws IOException {
        Map<String, String> startup = readStartup();
        send(BackendBytes.authenticationOk());
        for (var parameter : parameters.entrySet()) {
            send(BackendBytes.parameterStatus(parameter.getKey(), parameter.getValue()));
        }
        send(BackendBytes.backendKeyData(pid, secret), BackendBytes.readyForQuery('I'));
        return startup;
    }

    /** The parameters of the startup message, which has been read already. */
    public Map<String, String> readStartup() {
        ByteBuffer message = opening();
        var parameters = new LinkedHashMap<String, String>();
        message.getInt(); // the protocol version
        for (String name = PgMessage.string(message);
                !name.isEmpty();
                name = PgMessage.string(message)) {
            parameters.put(name, PgMessage.string(message));
        }
        return parameters;
    }

    /** Reads the next message. */
    public PgMessage read() throws IOException {
        char type = (char) in.readUnsignedByte();
        return new PgMessage(type, in.readNBytes(in.readInt() - Integer.BYTES));
    }

    /** Reads the next message, which must be of that type. */
    public PgMessage expect(char type) throws IOException {
        PgMessage message = read();
        if (message.type() != type) {
            throw new AssertionError("expected a message " + type + ", got " + message);
        }
        return message;
    }

    /** Reads messages, which must be of these types in this order, such as {@code "PBDES"}. */
    public List<PgMessage> expectAll(String types) throws IOException {
        var messages = new ArrayList<PgMessage>();
        for (int i = 0; i < types.length(); i++) {
            messages.add(expect(types.charAt(i)));
        }
        return messages;
    }

    /** Reads the next message, which must be a Query with that text. */
    public void expectQuery(String sql) throws IOException {
        String asked = PgMessage.string(expect('Q').reader());
        if (!asked.equals(sql)) {
            throw new AssertionError("expected the query <" + sql + ">, got <" + asked + ">");
        }
    }

    /** Sends the bytes in one write. */
    public void send(byte[]... messages) throws IOException {
        socket.getOutputStream().write(FrontendBytes.all(messages));
    }

    /** Sends the bytes in writes of {@code size} bytes each, the last one maybe shorter. */
    public void sendInFragments(int size, byte[]... messages) throws IOException {
        byte[] bytes = FrontendBytes.all(messages);
        for (int from = 0; from < bytes.length; from += size) {
            socket.getOutputStream().write(bytes, from, Math.min(size, bytes.length - from));
        }
    }

    /** Breaks the connection: the other end sees a reset. */
    public void die() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Answers nothing more, reading on until the other end closes the connection. */
    public void awaitClose() throws IOException {
        in.transferTo(OutputStream.nullOutputStream());
    }

    /**
     * Reads what opens the connection; requests for TLS or GSSAPI ahead of it are answered with N.
     *
     * @return false if the other end closes without having sent anything
     */
    boolean open() throws IOException {
        in.mark(1);
        if (in.read() < 0) {
            return false;
        }
        in.reset();
        int code;
        do {
            opening = in.readNBytes(in.readInt() - Integer.BYTES);
            code = opening().getInt();
            if (code == SSL_REQUEST || code == GSSENC_REQUEST) {
                send(new byte[] {'N'});
            }
        } while (code == SSL_REQUEST || code == GSSENC_REQUEST);
        return true;
    }

    /** The cancel request that opened this connection; null if it is an ordinary one. */
    RawPgClient.@Nullable CancelKey cancelRequest() {
        ByteBuffer request = opening();
        if (request.getInt() != CANCEL_REQUEST) {
            return null;
        }
        int pid = request.getInt();
        byte[] secret = new byte[request.remaining()];
        request.get(secret);
        return new RawPgClient.CancelKey(pid, secret);
    }

    private ByteBuffer opening() {
        return ByteBuffer.wrap(opening);
    }
}
