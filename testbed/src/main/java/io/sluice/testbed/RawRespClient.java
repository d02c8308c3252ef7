package io.sluice.testbed;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Checksum;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A client that speaks Redis' protocol byte by byte, for what no driver would do: half a command
 * and then nothing, a thousand at once, cut anywhere, and every byte of what comes back to be seen.
 *
 * <p>Reads block for at most the timeout (10 seconds unless set) and then fail with {@link
 * SocketTimeoutException}. RESP2 and RESP3 are read alike, as they come.
 *
 * <p><b>Threads:</b> one may send while another reads.
 */
public final class RawRespClient implements AutoCloseable {

    private final ClientSocket socket;
    private Recorder recorder;
    private RespReader reader;

    private RawRespClient(SocketAddress address) throws IOException {
        this.socket = ClientSocket.connect(address);
        this.recorder = new Recorder(socket.in());
        this.reader = new RespReader(recorder);
    }

    /** Connects and sends nothing yet. */
    public static RawRespClient connect(String host, int port) throws IOException {
        return new RawRespClient(new InetSocketAddress(host, port));
    }

    /** Connects to a unix socket and sends nothing yet. */
    public static RawRespClient connect(Path socket) throws IOException {
        return new RawRespClient(UnixDomainSocketAddress.of(socket));
    }

    /** The longest that a read waits from now on. */
    public RawRespClient timeout(Duration timeout) throws IOException {
        socket.timeout(timeout);
        return this;
    }

    // ---- TLS

    /** Sets TLS up; the server's certificate is not looked at. */
    public RawRespClient startTls() throws IOException {
        return startTls(TrustAnyone.context(), null);
    }

    /** As {@link #startTls()}, asking for the certificate of {@code serverName} (SNI). */
    public RawRespClient startTls(String serverName) throws IOException {
        return startTls(TrustAnyone.context(), serverName);
    }

    /** Sets TLS up as the context says, which may show a certificate of the client's own. */
    public RawRespClient startTls(SSLContext context, @Nullable String serverName)
            throws IOException {
        socket.startTls(context, List.of(), serverName);
        recorder = new Recorder(socket.in());
        reader = new RespReader(recorder);
        return this;
    }

    /** The certificate that the server has shown; it must have. */
    public X509Certificate serverCertificate() throws IOException {
        return socket.serverCertificate();
    }

    // ---- sending

    /** Sends the bytes as they are, in one write; {@link RedisBytes} makes them. */
    public RawRespClient send(byte[]... parts) throws IOException {
        socket.send(parts);
        return this;
    }

    /** Sends the bytes in writes of {@code size} bytes each, the last one maybe shorter. */
    public RawRespClient sendInFragments(int size, byte[]... parts) throws IOException {
        socket.sendInFragments(size, parts);
        return this;
    }

    /** Sends a command and does not wait for its reply. */
    public RawRespClient command(String... arguments) throws IOException {
        return send(RedisBytes.command(arguments));
    }

    /** Sends a command of any bytes and does not wait for its reply. */
    public RawRespClient command(byte[]... arguments) throws IOException {
        return send(RedisBytes.command(arguments));
    }

    // ---- reading

    /**
     * Reads the next value, be it a reply or a push.
     *
     * @throws EOFException if the server has closed the connection
     */
    public RespValue read() throws IOException {
        return reader.read();
    }

    /** Reads that many values. */
    public List<RespValue> read(int count) throws IOException {
        var values = new ArrayList<RespValue>();
        for (int i = 0; i < count; i++) {
            values.add(read());
        }
        return values;
    }

    /**
     * Reads the next value and returns the bytes as which it came; {@link RespValue#of} reads them.
     */
    public byte[] readBytes() throws IOException {
        recorder.begin();
        try {
            reader.read();
        } finally {
            recorder.end();
        }
        return recorder.bytes();
    }

    /**
     * Reads the next value, which must be a bulk, without keeping it, so that it may be as long as
     * any.
     *
     * @param sum gets its bytes
     * @return how many they are; -1 for a null
     */
    public int skim(Checksum sum) throws IOException {
        return reader.skim(sum);
    }

    /** Reads exactly that many bytes, whatever they are. */
    public byte[] readBytes(int count) throws IOException {
        byte[] bytes = recorder.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("%d of %d bytes".formatted(bytes.length, count));
        }
        return bytes;
    }

    /** Reads what still comes, whatever it is, until the server closes the connection. */
    public byte[] readRest() throws IOException {
        return recorder.readAllBytes();
    }

    /** Whether the server has closed the connection; waits until it does or sends something. */
    public boolean atEnd() throws IOException {
        return socket.atEnd();
    }

    // ---- both

    /** Sends a command and reads its reply, or whatever else comes next. */
    public RespValue call(String... arguments) throws IOException {
        return command(arguments).read();
    }

    /** As {@link #call(String...)}, of any bytes. */
    public RespValue call(byte[]... arguments) throws IOException {
        return command(arguments).read();
    }

    /** As {@link #call(String...)}, for the bytes as which the reply came. */
    public byte[] callBytes(String... arguments) throws IOException {
        return command(arguments).readBytes();
    }

    /** Says HELLO 3; from then on replies are of RESP3. Returns what the server said of itself. */
    public RespValue hello3() throws IOException {
        return succeed("HELLO", "3");
    }

    /**
     * Logs in by AUTH.
     *
     * @throws IOException with the server's words if it refuses
     */
    public RawRespClient auth(String user, String password) throws IOException {
        succeed("AUTH", user, password);
        return this;
    }

    /**
     * As {@link #call(String...)}, for a reply that is no error.
     *
     * @throws IOException with the server's words if it is one
     */
    public RespValue succeed(String... arguments) throws IOException {
        RespValue reply = call(arguments);
        if (reply.isError()) {
            throw new IOException(arguments[0] + ": " + reply.text());
        }
        return reply;
    }

    // ---- ends

    /** Sends no more, as a client that ends its half of the connection; reading goes on. */
    public RawRespClient shutdownOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Breaks the connection: the server sees a reset, not an end. */
    public void abort() throws IOException {
        socket.abort();
    }

    /** Closes the connection without a QUIT. */
    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Hands on what is read and keeps it from {@link #begin} to {@link #end}. */
    private static final class Recorder extends FilterInputStream {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private boolean keeping;

        Recorder(InputStream in) {
            super(in);
        }

        void begin() {
            kept.reset();
            keeping = true;
        }

        void end() {
            keeping = false;
        }

        byte[] bytes() {
            return kept.toByteArray();
        }

        @Override
        public int read() throws IOException {
            int next = super.read();
            if (keeping && next >= 0) {
                kept.write(next);
            }
            return next;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int read = super.read(into, offset, length);
            if (keeping && read > 0) {
                kept.write(into, offset, read);
            }
            return read;
        }
    }
}
