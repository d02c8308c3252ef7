package io.sluice.session;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts failed logins by where they come from and where to, so that passwords cannot be guessed in
 * bulk, and that one tenant's client with an old password does not lock out another's beside it.
 * Knows a bounded number of sources; the one that failed longest ago is forgotten first.
 *
 * <p><b>Threads:</b> any; entered at logins only.
 */
public final class FailedLogins {
    /** How long a failure counts from the first of its series on. */
    public static final Duration WINDOW = Duration.ofMinutes(1);

    static final int MAX_SOURCES = 16_384;

    /**
     * Bytes of an IPv6 address that its network is known by: hosts choose the others themselves.
     */
    private static final int NETWORK_BYTES = 8;

    private final Map<Source, Window> windows = new LinkedHashMap<>();
    private long total;
    private long refused;

    /**
     * Where logins come from and where to.
     *
     * @param address an IPv4 address, an IPv6 network, or that of all local clients
     * @param tenant the one that the client names, whether or not it exists: who is refused must
     *     not learn that
     */
    public record Source(String address, String tenant) {

        /** The source of a client at {@code address}; null stands for a local one, too. */
        public static Source of(@Nullable SocketAddress address, String tenant) {
            if (!(address instanceof InetSocketAddress ip) || ip.isUnresolved()) {
                return new Source("local", tenant);
            }
            String name =
                    ip.getAddress() instanceof Inet6Address six
                            ? HexFormat.of().formatHex(six.getAddress(), 0, NETWORK_BYTES)
                            : ip.getAddress().getHostAddress();
            return new Source(name, tenant);
        }
    }

    private record Window(long since, int count) {}

    /**
     * How long {@code source} has to wait before its next login is looked at.
     *
     * @param limit failures within a window; 0: none
     * @param now in nanoseconds of the process's clock
     */
    public synchronized Duration pause(Source source, int limit, long now) {
        Window window = windows.get(source);
        if (limit == 0 || window == null || window.count() < limit) {
            return Duration.ZERO;
        }
        long left = WINDOW.toNanos() - (now - window.since());
        if (left <= 0) {
            windows.remove(source);
            return Duration.ZERO;
        }
        refused++;
        return Duration.ofNanos(left);
    }

    /** Counts a login that failed for want of the right proof. */
    public synchronized void failed(Source source, long now) {
        total++;
        Window before = windows.remove(source);
        Window window =
                before == null || now - before.since() >= WINDOW.toNanos()
                        ? new Window(now, 1)
                        : new Window(before.since(), before.count() + 1);
        windows.put(source, window);
        if (windows.size() > MAX_SOURCES) {
            windows.remove(windows.keySet().iterator().next());
        }
    }

    /** Logins that failed since the process began. */
    public synchronized long total() {
        return total;
    }

    /** Logins that were refused because too many had failed before them. */
    public synchronized long refused() {
        return refused;
    }
}
