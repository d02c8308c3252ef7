package io.sluice.resp.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBytes;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One way to a Redis: to it, or through Sluice. Its client is replaced when it was closed. */
final class Side implements AutoCloseable {
    static final byte[] CLOSED = RedisBytes.bytes("(closed)");

    /** In place of a reply that has not come; the connection is of no use then. */
    static final byte[] NOTHING = RedisBytes.bytes("(no reply within 5 s)");

    private static final String END = "end-of-replies";

    private final Login login;
    private final boolean resp3;
    private @Nullable RawRespClient client;

    interface Login {
        RawRespClient login() throws IOException;
    }

    Side(Login login, boolean resp3) {
        this.login = login;
        this.resp3 = resp3;
    }

    private RawRespClient client() throws IOException {
        RawRespClient present = client;
        if (present == null) {
            present = login.login().timeout(Duration.ofSeconds(5));
            if (resp3) {
                present.hello3();
            }
            client = present;
        }
        return present;
    }

    /** Sends all at once; returns what comes, {@link #CLOSED} last if it is the end. */
    List<byte[]> askAll(List<byte[]> commands) throws IOException {
        var sent = new ArrayList<>(commands);
        sent.add(RedisBytes.command("PING", END));
        RawRespClient asked = client();
        Thread sender = send(asked, sent);
        var replies = new ArrayList<byte[]>();
        while (true) {
            byte[] reply = read(asked);
            if (isEnd(reply)) {
                break;
            }
            replies.add(reply);
            if (isOver(reply)) {
                renew();
                break;
            }
        }
        await(sender);
        return replies;
    }

    /** Sends all at once and reads a reply for each. */
    List<byte[]> askEach(List<byte[]> commands) throws IOException {
        RawRespClient asked = client();
        Thread sender = send(asked, commands);
        var replies = new ArrayList<byte[]>();
        for (int i = 0; i < commands.size(); i++) {
            replies.add(read(asked));
            if (isOver(replies.getLast())) {
                renew();
                break;
            }
        }
        await(sender);
        return replies;
    }

    /** Whether there is no reply, and will be none. */
    static boolean isOver(byte[] reply) {
        return Arrays.equals(reply, CLOSED) || Arrays.equals(reply, NOTHING);
    }

    private static boolean isEnd(byte[] reply) {
        return reply.length < 50 && new String(reply, ISO_8859_1).contains(END);
    }

    private static byte[] read(RawRespClient from) throws IOException {
        try {
            return from.readBytes();
        } catch (EOFException | SocketException e) {
            return CLOSED;
        } catch (SocketTimeoutException e) {
            return NOTHING;
        }
    }

    private static Thread send(RawRespClient to, List<byte[]> commands) {
        return Thread.ofVirtual()
                .start(() -> {
                    try {
                        to.send(commands.toArray(byte[][]::new));
                    } catch (SocketException e) {
                        return; // closed by a command ahead: who reads sees it, too
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    private static void await(Thread sender) throws IOException {
        try {
            sender.join();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** The next question is asked by a new client. */
    void renew() throws IOException {
        RawRespClient present = client;
        client = null;
        if (present != null) {
            present.close();
        }
    }

    @Override
    public void close() throws IOException {
        renew();
    }
}
