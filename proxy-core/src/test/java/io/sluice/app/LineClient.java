package io.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A blocking client of {@link LineProtocol}. */
final class LineClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket;
    private final BufferedReader in;

    /** Connects without logging in. */
    LineClient(SocketAddress address) {
        this(new Socket(), address);
    }

    /** Connects {@code socket}. */
    LineClient(Socket socket, SocketAddress address) {
        try {
            socket.connect(new InetSocketAddress("127.0.0.1", portOf(address)), PATIENCE_MILLIS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this(socket);
    }

    /** Takes {@code connected}. */
    private LineClient(Socket connected) {
        try {
            socket = connected;
            socket.setSoTimeout(PATIENCE_MILLIS);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static LineClient loggedIn(Sluice sluice, String tenant) {
        var client = new LineClient(sluice.boundAddress("line"));
        String answer = client.ask("login %s shop app".formatted(tenant));
        if (!"welcome".equals(answer)) {
            throw new AssertionError("login was answered by " + answer);
        }
        return client;
    }

    static int portOf(@Nullable SocketAddress address) {
        return ((InetSocketAddress) requireNonNull(address)).getPort();
    }

    /** The same connection over TLS from now on. */
    LineClient secured(SSLContext tls) {
        try {
            return new LineClient(
                    tls.getSocketFactory()
                            .createSocket(socket, "127.0.0.1", socket.getPort(), true));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a line and returns the next one that comes; null at the end. */
    @Nullable String ask(String line) {
        send(line);
        return read();
    }

    void send(String line) {
        try {
            socket.getOutputStream().write((line + "\n").getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next line; null at the end. */
    @Nullable String read() {
        try {
            return in.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
