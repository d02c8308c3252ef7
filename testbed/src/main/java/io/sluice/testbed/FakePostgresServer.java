package io.sluice.testbed;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that does what a test tells it: it answers with any bytes in any cuts, dies in the
 * middle, or never answers.
 *
 * <p>Each connection plays a {@link Script} on a thread of its own and is closed at its end. Cancel
 * requests are recorded, and closed at once, as PostgreSQL does, or play {@link #onCancel}.
 *
 * <pre>{@code
 * try (var server = FakePostgresServer.start(connection -> {
 *     connection.acceptLogin();
 *     connection.expectQuery("select 1");
 *     connection.sendInFragments(3, BackendBytes.oneRow("x", "1"));
 *     connection.awaitClose();
 * })) { … }
 * }</pre>
 *
 * <p>What goes other than scripted (an unexpected message, an assertion in the script) is thrown by
 * {@link #close}, so that no test passes over it.
 */
public final class FakePostgresServer implements AutoCloseable {

    /** What one connection does, once its startup message has come. */
    @FunctionalInterface
    public interface Script {

        /** Runs on the connection's own thread; returning closes the connection. */
        void play(FakeConnection connection) throws IOException, InterruptedException;
    }

    private final List<Script> scripts;
    private final ScriptedPort port;
    private final AtomicInteger accepted = new AtomicInteger();
    private final BlockingQueue<RawPgClient.CancelKey> cancels = new LinkedBlockingQueue<>();
    private volatile Script cancelScript = connection -> {};

    private FakePostgresServer(List<Script> scripts) throws IOException {
        this.scripts = List.copyOf(scripts);
        this.port = ScriptedPort.open("fake-postgres", this::play);
    }

    /** Listens on a free loopback port; every connection plays the script. */
    public static FakePostgresServer start(Script script) throws IOException {
        return start(List.of(script));
    }

    /** The first connection plays the first script, and so on; all further ones the last. */
    public static FakePostgresServer start(List<Script> scripts) throws IOException {
        return new FakePostgresServer(scripts);
    }

    public String host() {
        return port.host();
    }

    public int port() {
        return port.number();
    }

    /** How many connections have begun a script. */
    public int connections() {
        return accepted.get();
    }

    /** The next cancel request, in the order of arrival. */
    public RawPgClient.CancelKey awaitCancel(Duration patience)
            throws InterruptedException, TimeoutException {
        RawPgClient.CancelKey cancel = cancels.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (cancel == null) {
            throw new TimeoutException("no cancel request within " + patience);
        }
        return cancel;
    }

    /** How many cancel requests have come and were not taken by {@link #awaitCancel}. */
    public int pendingCancels() {
        return cancels.size();
    }

    /** What connections with a cancel request do from now on, once it is recorded. */
    public void onCancel(Script script) {
        cancelScript = script;
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
        var connection = new FakeConnection(socket);
        if (!connection.open()) {
            return;
        }
        RawPgClient.CancelKey cancel = connection.cancelRequest();
        if (cancel != null) {
            cancels.add(cancel);
            cancelScript.play(connection);
            return;
        }
        int index = Math.min(accepted.getAndIncrement(), scripts.size() - 1);
        scripts.get(index).play(connection);
    }
}
