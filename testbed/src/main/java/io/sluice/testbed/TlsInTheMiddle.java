package io.sluice.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Somebody between a client and a PostgreSQL server who speaks TLS with both of them, with a
 * certificate of their own towards the client, and passes everything on as it is: what channel
 * binding is there to notice.
 */
public final class TlsInTheMiddle implements AutoCloseable {

    private static final Logger LOG = LogManager.getLogger(TlsInTheMiddle.class);

    private final ServerSocket listener;
    private final PostgresBackend server;
    private final SSLContext towardsClients;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private TlsInTheMiddle(ServerSocket listener, PostgresBackend server, SSLContext context) {
        this.listener = listener;
        this.server = server;
        this.towardsClients = context;
    }

    /** Listens on a free loopback port; the server must have TLS. */
    public static TlsInTheMiddle start(PostgresBackend server) throws IOException {
        var listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        var middle = new TlsInTheMiddle(listener, server, ownCertificate());
        Thread.ofVirtual().name("middle-accept").start(middle::acceptAll);
        return middle;
    }

    private static SSLContext ownCertificate() throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            var keys = TestAuthority.create().issue("localhost").toKeyManagerFactory();
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Ends listening and all connections. */
    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void acceptAll() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Thread.ofVirtual().name("middle").start(() -> serve(client));
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket behind = new Socket(server.host(), server.port())) {
            open.add(client);
            open.add(behind);
            behind.getOutputStream()
                    .write(client.getInputStream().readNBytes(FrontendBytes.sslRequest().length));
            client.getOutputStream().write(behind.getInputStream().read());
            SSLSocket inner = wrap(TrustAnyone.context(), behind, true);
            SSLSocket outer = wrap(towardsClients, client, false);
            Thread back = Thread.ofVirtual().name("middle-back").start(() -> pass(inner, outer));
            pass(outer, inner);
            back.join();
        } catch (IOException e) {
            LOG.debug("one end has gone", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static SSLSocket wrap(SSLContext context, Socket socket, boolean asClient)
            throws IOException {
        var tls = (SSLSocket) context.getSocketFactory().createSocket(socket, null, 0, true);
        tls.setUseClientMode(asClient);
        return tls;
    }

    /** Passes on until either end closes, and then closes the other one. */
    private static void pass(SSLSocket from, SSLSocket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            LOG.debug("one end has gone", e);
        }
    }
}
