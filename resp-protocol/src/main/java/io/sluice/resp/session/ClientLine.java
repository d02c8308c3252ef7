package io.sluice.resp.session;

import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.pubsub.SubscriptionKind;
import io.sluice.resp.wire.RespVersion;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A session in a line of CLIENT LIST, with the fields of Redis 7.2 in its order. What the proxy has
 * no counterpart of is 0, or -1 where Redis says that there is none.
 *
 * <p><b>Threads:</b> the session's loop.
 */
final class ClientLine {
    private ClientLine() {}

    static void append(StringBuilder out, RespSession session) {
        Client client = session.client();
        Subscribing subscribing = session.subscribing();
        long pending = session.answers().pending();
        int input = session.input().size();
        field(out, "id", session.id());
        field(out, "addr", address(session));
        field(out, "laddr", localAddress(session));
        field(out, "fd", -1);
        field(out, "name", client.name());
        field(out, "age", age(session));
        field(
                out,
                "idle",
                TimeUnit.NANOSECONDS.toSeconds(session.loop().now() - session.requestedAt()));
        field(out, "flags", flags(session));
        field(out, "db", session.destination().database().name());
        field(out, "sub", subscribing.count(SubscriptionKind.CHANNEL));
        field(out, "psub", subscribing.count(SubscriptionKind.PATTERN));
        field(out, "ssub", subscribing.count(SubscriptionKind.SHARD_CHANNEL));
        field(out, "multi", session.commands().queuedCommands());
        field(out, "qbuf", input);
        field(out, "qbuf-free", 0);
        field(out, "argv-mem", 0);
        field(out, "multi-mem", 0);
        field(out, "rbs", 0);
        field(out, "rbp", 0);
        field(out, "obl", pending);
        field(out, "oll", 0);
        field(out, "omem", 0);
        field(out, "tot-mem", input + pending);
        field(out, "events", pending == 0 ? "r" : "rw");
        field(out, "cmd", command(client.lastCommand()));
        field(out, "user", session.destination().user().name());
        field(out, "redir", -1);
        field(out, "resp", client.version() == RespVersion.RESP2 ? 2 : 3);
        field(out, "lib-name", client.library());
        field(out, "lib-ver", client.libraryVersion());
        out.setCharAt(out.length() - 1, '\n');
    }

    private static void field(StringBuilder out, String name, long value) {
        out.append(name).append('=').append(value).append(' ');
    }

    private static void field(StringBuilder out, String name, String value) {
        out.append(name).append('=').append(value).append(' ');
    }

    private static String command(@Nullable CommandSpec last) {
        return last == null ? "NULL" : last.name().replace(' ', '|');
    }

    private static String flags(RespSession session) {
        var flags = new StringBuilder();
        if (session.subscribing().isSubscribed()) {
            flags.append('P');
        }
        if (session.commands().isInTransaction()) {
            flags.append('x');
        }
        if (session.blockedOn() != null) {
            flags.append('b');
        }
        if (!(session.channel().localAddress() instanceof InetSocketAddress)) {
            flags.append('U');
        }
        if (session.client().touchesNothing()) {
            flags.append('T');
        }
        return flags.isEmpty() ? "N" : flags.toString();
    }

    /** Whole seconds since it was let in. */
    static long age(RespSession session) {
        return TimeUnit.NANOSECONDS.toSeconds(session.loop().now() - session.connectedAt());
    }

    /** The client's end. */
    static String address(RespSession session) {
        SocketAddress local = session.channel().localAddress();
        return text(local instanceof InetSocketAddress ? session.channel().remoteAddress() : local);
    }

    /** The proxy's end. */
    static String localAddress(RespSession session) {
        return text(session.channel().localAddress());
    }

    /** As Redis writes it: an IPv6 address in brackets, a path with port 0. */
    private static String text(SocketAddress address) {
        if (address instanceof InetSocketAddress ip) {
            String host = ip.getAddress().getHostAddress();
            return (ip.getAddress() instanceof Inet6Address ? "[" + host + "]" : host)
                    + ":"
                    + ip.getPort();
        }
        return address + ":0";
    }
}
