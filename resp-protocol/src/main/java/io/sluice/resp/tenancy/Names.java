package io.sluice.resp.tenancy;

import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.CommandTable;
import io.sluice.resp.command.KeySpec.Role;
import io.sluice.resp.command.PrefixUse;
import io.sluice.resp.config.Isolation;
import io.sluice.resp.config.RespSettings;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What one tenant's names are called on the server: a prefix and the name that clients know. With
 * {@link Isolation#PREFIX} that is so for keys and channels, with {@link Isolation#DATABASES} for
 * channels, which databases do not part; with {@link Isolation#BACKEND} names are what they are.
 *
 * <p>Immutable. What does not say otherwise allocates nothing.
 */
public final class Names {
    /** Names are what they are. */
    public static final Names PLAIN = new Names(Isolation.BACKEND, "");

    private final Isolation isolation;
    private final byte[] prefix;

    /** The prefix as a glob that matches it and nothing else. */
    private final byte[] escaped;

    /** The commands, by id, whose requests have to be looked at. */
    private final BitSet touched;

    /**
     * @param prefix not empty unless isolated by backend; without quotes, line ends and {@code *}
     */
    public Names(Isolation isolation, String prefix) {
        if (prefix.isEmpty() != (isolation == Isolation.BACKEND)) {
            throw new IllegalArgumentException("prefix '%s' for %s".formatted(prefix, isolation));
        }
        this.isolation = isolation;
        this.prefix = prefix.getBytes(StandardCharsets.UTF_8);
        this.escaped = escaped(prefix).getBytes(StandardCharsets.UTF_8);
        this.touched =
                switch (isolation) {
                    case BACKEND -> new BitSet();
                    case DATABASES -> Touched.BEYOND_KEYS;
                    case PREFIX -> Touched.ANY_NAME;
                };
    }

    /** What a tenant of these settings has. */
    public static Names of(RespSettings settings, String tenant) {
        return settings.isolation() == Isolation.BACKEND
                ? PLAIN
                : new Names(settings.isolation(), settings.prefixOf(tenant));
    }

    private static String escaped(String prefix) {
        var escaped = new StringBuilder();
        for (int i = 0; i < prefix.length(); i++) {
            if ("*?[\\".indexOf(prefix.charAt(i)) >= 0) {
                escaped.append('\\');
            }
            escaped.append(prefix.charAt(i));
        }
        return escaped.toString();
    }

    /** Whether nothing is rewritten at all. */
    public boolean isPlain() {
        return isolation == Isolation.BACKEND;
    }

    /** Whether keys have the prefix, and not only channels. */
    public boolean arePrefixed() {
        return isolation == Isolation.PREFIX;
    }

    /** Whether requests of {@code spec} may name what is called otherwise on the server. */
    public boolean touches(CommandSpec spec) {
        return touched.get(spec.id());
    }

    /**
     * What has to be rewritten in replies to {@code spec}; null if nothing. {@link
     * PrefixUse#ALLOWED} says: nothing but the names in an error.
     */
    public @Nullable PrefixUse inReplies(CommandSpec spec) {
        return switch (isolation) {
            case BACKEND -> null;
            case DATABASES -> touches(spec) ? PrefixUse.ALLOWED : null;
            case PREFIX -> spec.prefix();
        };
    }

    /** What goes before an argument of that role; null if the argument stays as it is. */
    byte @Nullable [] before(Role role) {
        return switch (role) {
            case KEY, TEMPLATE -> arePrefixed() ? prefix : null;
            case GLOB -> arePrefixed() ? escaped : null;
            case CHANNEL -> prefix;
            case CHANNEL_GLOB -> escaped;
            case DATABASE -> throw new IllegalArgumentException("a database has no name");
        };
    }

    /** The prefix; the caller changes nothing in it. */
    byte[] prefix() {
        return prefix;
    }

    /** A pattern of keys that all of the tenant's match but for a {@code *} behind it. */
    byte[] escaped() {
        return escaped;
    }

    // ---- channels by themselves, for publish and subscribe; each allocates its result

    /** The server's name of a channel. */
    public byte[] prefixChannel(byte[] channel) {
        return joined(prefix, channel);
    }

    /** The server's pattern for a pattern of channels. */
    public byte[] prefixPattern(byte[] pattern) {
        return joined(escaped, pattern);
    }

    /** The client's name of a channel; null if it is not this tenant's. */
    public byte @Nullable [] stripChannel(byte[] channel) {
        return stripped(prefix, channel);
    }

    /** The client's pattern for one of the server's; null if it is not this tenant's. */
    public byte @Nullable [] stripPattern(byte[] pattern) {
        return stripped(escaped, pattern);
    }

    private static byte[] joined(byte[] before, byte[] name) {
        byte[] joined = Arrays.copyOf(before, before.length + name.length);
        System.arraycopy(name, 0, joined, before.length, name.length);
        return joined;
    }

    private static byte @Nullable [] stripped(byte[] before, byte[] name) {
        boolean isOwn =
                name.length >= before.length
                        && Arrays.equals(name, 0, before.length, before, 0, before.length);
        return isOwn ? Arrays.copyOfRange(name, before.length, name.length) : null;
    }

    /** Read off the command table once. */
    private static final class Touched {
        static final BitSet ANY_NAME = new BitSet();
        static final BitSet BEYOND_KEYS = new BitSet();

        static {
            for (CommandSpec spec : CommandTable.shipped().commands()) {
                boolean sent =
                        switch (spec.placement()) {
                            case LOCAL, SUBSCRIPTION, REFUSED -> false;
                            case SHARED,
                                    BLOCKING,
                                    BLOCKING_BY_ARGUMENT,
                                    TRANSACTION,
                                    WAITING,
                                    STATEFUL,
                                    UNCLASSIFIED ->
                                    true;
                        };
                if (sent) {
                    ANY_NAME.set(spec.id(), !spec.keys().parts().isEmpty());
                    BEYOND_KEYS.set(
                            spec.id(),
                            spec.keys().mayName(Role.CHANNEL)
                                    || spec.keys().mayName(Role.CHANNEL_GLOB)
                                    || spec.keys().mayName(Role.DATABASE));
                }
            }
        }
    }
}
