package io.sluice.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A Redis that does what a test tells it: it answers with any bytes in any cuts, late, half or
 * never, pushes what nobody asked for, or dies in the middle.
 *
 * <p>Each connection plays a {@link Script} on a thread of its own and is closed at its end. What a
 * client says of itself (HELLO, AUTH, SELECT, CLIENT, COMMAND, PING) is answered as a Redis would,
 * so that a script has only what it is about; see {@link Manners}.
 *
 * <pre>{@code
 * try (var server = FakeRedisServer.start(connection -> {
 *     connection.expect("GET", "k");
 *     connection.sendInFragments(3, RedisBytes.bulk("value"));
 *     connection.awaitClose();
 * })) { … }
 * }</pre>
 *
 * <p>What goes other than scripted (an unexpected command, an assertion in the script) is thrown by
 * {@link #close}, so that no test passes over it.
 */
public final class FakeRedisServer implements AutoCloseable {

    /** The version that it says it is. */
    public static final RedisVersion VERSION = new RedisVersion(6, 2, 11);

    /** What one connection does. */
    @FunctionalInterface
    public interface Script {

        /** Runs on the connection's own thread; returning closes the connection. */
        void play(FakeRedisConnection connection) throws IOException, InterruptedException;
    }

    /** Whether the script answers everything, or only what it is about. */
    public enum Manners {
        /**
         * The first words of a client, and PING, are answered as a Redis of {@link #VERSION} would.
         */
        POLITE,
        /** The script gets every command. */
        NONE
    }

    private final List<Script> scripts;
    private final Manners manners;
    private final List<FakeRedisConnection> connections = new CopyOnWriteArrayList<>();
    private final ScriptedPort port;

    private FakeRedisServer(Manners manners, List<Script> scripts) throws IOException {
        this.manners = manners;
        this.scripts = List.copyOf(scripts);
        this.port = ScriptedPort.open("fake-redis", this::play);
    }

    /** Listens on a free loopback port; every connection plays the script. */
    public static FakeRedisServer start(Script script) throws IOException {
        return start(List.of(script));
    }

    /** The first connection plays the first script, and so on; all further ones the last. */
    public static FakeRedisServer start(List<Script> scripts) throws IOException {
        return start(Manners.POLITE, scripts);
    }

    /** As {@link #start(List)}, with or without manners. */
    public static FakeRedisServer start(Manners manners, List<Script> scripts) throws IOException {
        return new FakeRedisServer(manners, scripts);
    }

    /** The answer of a real Redis of {@link #VERSION} to COMMAND, as it came in either version. */
    public static byte[] commands(boolean resp3) {
        String name = "redis-6.2-command-resp%d.bin".formatted(resp3 ? 3 : 2);
        try (InputStream recorded = FakeRedisServer.class.getResourceAsStream(name)) {
            if (recorded == null) {
                throw new IllegalStateException(name + " is not on the class path");
            }
            return recorded.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String host() {
        return port.host();
    }

    public int port() {
        return port.number();
    }

    /** The connections that have come, oldest first, ended ones too. */
    public List<FakeRedisConnection> connections() {
        return List.copyOf(connections);
    }

    /** Breaks all connections at once; new ones are accepted. */
    public void breakConnections() throws IOException {
        port.breakConnections();
    }

    /** Ends listening, so that new connections are refused; those that are open go on. */
    public void refuseConnections() throws IOException, InterruptedException {
        port.refuseConnections();
    }

    /**
     * Ends listening and all connections.
     *
     * @throws AssertionError if a script went other than written; the first such failure, with all
     *     others suppressed in it
     */
    @Override
    public void close() throws IOException {
        port.close();
    }

    private void play(Socket socket) throws IOException, InterruptedException {
        Script script;
        FakeRedisConnection connection;
        synchronized (connections) {
            int index = connections.size();
            connection = new FakeRedisConnection(socket, index + 1, manners);
            connections.add(connection);
            script = scripts.get(Math.min(index, scripts.size() - 1));
        }
        script.play(connection);
    }
}
