package io.sluice.testbed;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The server's end of one connection of a {@link FakeRedisServer}, as its script uses it.
 *
 * <p>Reads wait until something comes; a connection that the other end closes meanwhile is an
 * {@link EOFException}, and so a failure of the script unless it awaits that.
 *
 * <p><b>Threads:</b> the script's, but for {@link #received}.
 */
public final class FakeRedisConnection {

    private final Socket socket;
    private final int id;
    private final FakeRedisServer.Manners manners;
    private final BufferedInputStream in;
    private final RespReader reader;
    private final List<List<String>> received = new CopyOnWriteArrayList<>();
    private boolean resp3;

    FakeRedisConnection(Socket socket, int id, FakeRedisServer.Manners manners) throws IOException {
        this.socket = socket;
        this.id = id;
        this.manners = manners;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.reader = new RespReader(in);
    }

    /** What CLIENT ID answers: 1 on the first connection. */
    public int id() {
        return id;
    }

    /** Every command that has come, with its arguments as UTF-8; what the manners answered too. */
    public List<List<String>> received() {
        return List.copyOf(received);
    }

    /** Whether the client has said HELLO 3, and the manners have answered it. */
    public boolean isResp3() {
        return resp3;
    }

    // ---- reading

    /** Reads the next command that is left to the script, as its arguments. */
    public List<String> read() throws IOException {
        while (true) {
            List<String> command = readAny();
            byte[] answer = answer(command);
            if (answer.length == 0) {
                return command;
            }
            send(answer);
        }
    }

    /** Reads the next command that is left to the script, which must be this one. */
    public void expect(String... command) throws IOException {
        List<String> came = read();
        if (!came.equals(List.of(command))) {
            throw new AssertionError(
                    "expected the command %s, got %s".formatted(List.of(command), came));
        }
    }

    /** Reads exactly that many bytes as they come, whatever they are; none of it is recorded. */
    public byte[] readBytes(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("%d of %d bytes".formatted(bytes.length, count));
        }
        return bytes;
    }

    /** Answers nothing more, reading on until the other end closes the connection. */
    public void awaitClose() throws IOException {
        in.transferTo(OutputStream.nullOutputStream());
    }

    /**
     * Answers with manners, and records, what is left to nobody, until the other end closes the
     * connection: commands of no manners get an error.
     */
    public void serveUntilClosed() throws IOException {
        while (!atEnd()) {
            byte[] answer = answer(readAny());
            send(answer.length == 0 ? RedisBytes.error("ERR not in the script") : answer);
        }
    }

    private boolean atEnd() throws IOException {
        in.mark(1);
        if (in.read() < 0) {
            return true;
        }
        in.reset();
        return false;
    }

    private List<String> readAny() throws IOException {
        var command = new ArrayList<String>();
        for (RespValue argument : reader.read().elements()) {
            command.add(argument.text());
        }
        received.add(List.copyOf(command));
        return command;
    }

    // ---- sending

    /** Sends the bytes in one write; {@link RedisBytes} makes them. */
    public void send(byte[]... replies) throws IOException {
        socket.getOutputStream().write(RedisBytes.all(replies));
    }

    /** Sends the bytes in writes of {@code size} bytes each, the last one maybe shorter. */
    public void sendInFragments(int size, byte[]... replies) throws IOException {
        byte[] bytes = RedisBytes.all(replies);
        for (int from = 0; from < bytes.length; from += size) {
            socket.getOutputStream().write(bytes, from, Math.min(size, bytes.length - from));
        }
    }

    /** Breaks the connection: the other end sees a reset. */
    public void die() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    // ---- manners

    /** What good manners answer; empty if the command is the script's. */
    private byte[] answer(List<String> command) {
        if (manners == FakeRedisServer.Manners.NONE) {
            return new byte[0];
        }
        String name = command.getFirst().toUpperCase(Locale.ROOT);
        return switch (name) {
            case "HELLO" -> hello(command);
            case "AUTH", "SELECT" -> RedisBytes.simple("OK");
            case "CLIENT" ->
                    command.size() == 2 && command.get(1).equalsIgnoreCase("ID")
                            ? RedisBytes.number(id)
                            : RedisBytes.simple("OK");
            case "COMMAND" -> command.size() == 1 ? FakeRedisServer.commands(resp3) : new byte[0];
            case "PING" ->
                    command.size() == 1
                            ? RedisBytes.simple("PONG")
                            : RedisBytes.bulk(command.get(1));
            default -> new byte[0];
        };
    }

    private byte[] hello(List<String> command) {
        resp3 = command.size() > 1 ? command.get(1).equals("3") : resp3;
        byte[][] fields = {
            RedisBytes.bulk("server"), RedisBytes.bulk("redis"),
            RedisBytes.bulk("version"), RedisBytes.bulk(FakeRedisServer.VERSION.toString()),
            RedisBytes.bulk("proto"), RedisBytes.number(resp3 ? 3 : 2),
            RedisBytes.bulk("id"), RedisBytes.number(id),
            RedisBytes.bulk("mode"), RedisBytes.bulk("standalone"),
            RedisBytes.bulk("role"), RedisBytes.bulk("master"),
            RedisBytes.bulk("modules"), RedisBytes.array(new byte[0][]),
        };
        return resp3 ? RedisBytes.map(fields) : RedisBytes.array(fields);
    }
}
