package io.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.sluice.pool.ServerConnection;
import io.sluice.pool.Startup;
import java.net.SocketAddress;
import java.util.List;

/** Logs into a {@link LineServer}: {@code hi USER} is answered by {@code hello NUMBER}. */
final class LineStartup extends Startup {
    private final LinePool pool;
    private final LineConnection connection;
    private long number;

    LineStartup(LinePool pool, LineConnection connection, ServerConnection.Opening opening) {
        super(pool, connection, opening);
        this.pool = pool;
        this.connection = connection;
    }

    @Override
    protected void logIn() {
        channel()
                .writeAndFlush(
                        ByteBufUtil.writeUtf8(channel().alloc(), "hi " + pool.serverUser() + "\n"));
    }

    @Override
    protected boolean read(ByteBuf in) {
        int length = in.bytesBefore((byte) '\n');
        if (length < 0 || isReady()) {
            return false; // what comes behind the login is the relay's
        }
        List<String> words = List.of(in.readString(length, UTF_8).split(" ", 2));
        in.skipBytes(1);
        if (words.getFirst().equals("hello")) {
            number = Long.parseLong(words.getLast());
            ready();
        } else {
            fail(words.getLast(), words.getFirst());
        }
        return true;
    }

    @Override
    protected void onOpen(Channel open, SocketAddress to, String tls) {
        connection.onOpen(open, to, tls, number);
    }
}
