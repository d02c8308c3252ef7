package io.sluice.testbed;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * The connection of a client that sends bytes as it likes: TCP or unix, plain or TLS. Reads wait
 * for at most the timeout, 10 seconds unless set.
 *
 * <p><b>Threads:</b> one may send while another reads.
 */
final class ClientSocket implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final SocketAddress address;
    private Socket socket;
    private InputStream in;

    private ClientSocket(SocketAddress address, Socket socket) throws IOException {
        this.address = address;
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    static ClientSocket connect(SocketAddress address) throws IOException {
        if (address instanceof UnixDomainSocketAddress unix) {
            Socket socket = UnixSocket.connect(unix);
            socket.setSoTimeout(PATIENCE_MILLIS);
            return new ClientSocket(address, socket);
        }
        var socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(address, PATIENCE_MILLIS);
        return new ClientSocket(address, socket);
    }

    SocketAddress address() {
        return address;
    }

    /** The TCP or TLS socket as it is now. */
    Socket socket() {
        return socket;
    }

    /** What comes in, buffered; another one once TLS is set up. */
    InputStream in() {
        return in;
    }

    void timeout(Duration timeout) throws IOException {
        socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
    }

    /** Sends all of it in one write. */
    void send(byte[]... parts) throws IOException {
        socket.getOutputStream().write(joined(parts));
    }

    /** Sends all of it in writes of {@code size} bytes each, the last one maybe shorter. */
    void sendInFragments(int size, byte[]... parts) throws IOException {
        byte[] bytes = joined(parts);
        for (int from = 0; from < bytes.length; from += size) {
            socket.getOutputStream().write(bytes, from, Math.min(size, bytes.length - from));
        }
    }

    /** Sets TLS up on the connection as it is; {@code serverName} (SNI) may be left out. */
    void startTls(SSLContext context, List<String> alpn, @Nullable String serverName)
            throws IOException {
        if (!(address instanceof InetSocketAddress inet)) {
            throw new IOException("no TLS over " + address);
        }
        var tls =
                (SSLSocket)
                        context.getSocketFactory()
                                .createSocket(socket, inet.getHostString(), inet.getPort(), true);
        SSLParameters wanted = tls.getSSLParameters();
        wanted.setApplicationProtocols(alpn.toArray(String[]::new));
        if (serverName != null) {
            wanted.setServerNames(List.<SNIServerName>of(new SNIHostName(serverName)));
        }
        tls.setSSLParameters(wanted);
        tls.startHandshake();
        socket = tls;
        in = new BufferedInputStream(tls.getInputStream());
    }

    /** The certificate that the server has shown; it must have. */
    X509Certificate serverCertificate() throws IOException {
        return (X509Certificate) ((SSLSocket) socket).getSession().getPeerCertificates()[0];
    }

    /** Whether the server has closed the connection; waits until it does or sends something. */
    boolean atEnd() throws IOException {
        in.mark(1);
        if (in.read() < 0) {
            return true;
        }
        in.reset();
        return false;
    }

    /** Sends no more, as a client that ends its half of the connection; reading goes on. */
    void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Breaks the connection: the server sees a reset, not an end. */
    void abort() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static byte[] joined(byte[]... parts) {
        var whole = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            whole.writeBytes(part);
        }
        return whole.toByteArray();
    }
}
