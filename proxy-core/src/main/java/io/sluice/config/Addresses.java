package io.sluice.config;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Addresses as they are written: {@code host:port}, {@code [v6]:port}, {@code *:port}, a mere port
 * (on loopback), or the path of a unix socket.
 */
final class Addresses {
    private static final Pattern HOST_PORT =
            Pattern.compile("(?:\\[([0-9a-fA-F:.%\\w]+)]|([^:\\[\\]\\s/]+)):(\\d{1,5})");
    private static final Pattern PORT = Pattern.compile("\\d{1,5}");
    private static final int LONGEST_PATH = 107; // sun_path less its final zero, unix(7)

    private Addresses() {}

    /** What to listen on; a name is resolved now. */
    static SocketAddress toListenOn(String text) throws BadValue {
        if (text.startsWith("/")) {
            return unix(text);
        }
        if (PORT.matcher(text).matches()) {
            return new InetSocketAddress("127.0.0.1", port(text));
        }
        Matcher matcher = match(text, "host:port, [v6]:port, *:port or /path/of/a/socket");
        String host = host(matcher);
        int port = port(matcher.group(3));
        if (host.equals("*")) {
            return new InetSocketAddress(port);
        }
        var address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new BadValue("the name \"" + host + "\" cannot be resolved");
        }
        return address;
    }

    /** What to connect to; never resolved here, since it is again at every connect. */
    static SocketAddress toConnectTo(String text) throws BadValue {
        if (text.startsWith("/")) {
            return unix(text);
        }
        Matcher matcher = match(text, "host:port, [v6]:port or /path/of/a/socket");
        int port = port(matcher.group(3));
        if (host(matcher).equals("*") || port == 0) {
            throw new BadValue("\"" + text + "\" cannot be connected to");
        }
        return InetSocketAddress.createUnresolved(host(matcher), port);
    }

    /** As it would be written. */
    static String show(SocketAddress address) {
        return switch (address) {
            case DomainSocketAddress unix -> unix.path();
            case InetSocketAddress inet when isWildcard(inet) -> "*:" + inet.getPort();
            case InetSocketAddress inet when inet.getHostString().contains(":") ->
                    "[" + shortest(inet) + "]:" + inet.getPort();
            case InetSocketAddress inet -> inet.getHostString() + ":" + inet.getPort();
            default -> throw new IllegalArgumentException("no address of ours: " + address);
        };
    }

    /** An IPv6 address with :: for its zeros. */
    private static String shortest(InetSocketAddress v6) {
        return v6.isUnresolved() ? v6.getHostString() : NetUtil.toAddressString(v6.getAddress());
    }

    /** Whether only this machine reaches it. */
    static boolean isLocal(SocketAddress address) {
        return address instanceof DomainSocketAddress
                || (address instanceof InetSocketAddress inet
                        && !inet.isUnresolved()
                        && inet.getAddress().isLoopbackAddress());
    }

    /** Whether both cannot be listened on at once. Port 0 is always another one. */
    static boolean overlap(SocketAddress a, SocketAddress b) {
        if (a instanceof InetSocketAddress one && b instanceof InetSocketAddress other) {
            return one.getPort() == other.getPort()
                    && one.getPort() != 0
                    && (one.equals(other) || isWildcard(one) || isWildcard(other));
        }
        return a.equals(b);
    }

    private static boolean isWildcard(InetSocketAddress address) {
        return !address.isUnresolved() && address.getAddress().isAnyLocalAddress();
    }

    private static SocketAddress unix(String path) throws BadValue {
        if (path.getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
            throw new BadValue(
                    "the path of a unix socket may have %d bytes, \"%s\" is longer"
                            .formatted(LONGEST_PATH, path));
        }
        return new DomainSocketAddress(path);
    }

    private static Matcher match(String text, String wanted) throws BadValue {
        Matcher matcher = HOST_PORT.matcher(text);
        if (!matcher.matches()) {
            throw new BadValue("\"%s\" is no address: write %s".formatted(text, wanted));
        }
        return matcher;
    }

    private static String host(Matcher matcher) {
        String v6 = matcher.group(1);
        return v6 != null ? v6 : matcher.group(2);
    }

    private static int port(String text) throws BadValue {
        int port = Integer.parseInt(text);
        if (port > 65_535) {
            throw new BadValue("port " + text + " is above 65535");
        }
        return port;
    }
}
