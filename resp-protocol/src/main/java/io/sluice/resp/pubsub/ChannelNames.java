package io.sluice.resp.pubsub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sluice.resp.config.Isolation;
import io.sluice.resp.config.RespSettings;
import io.sluice.resp.tenancy.Names;
import org.jspecify.annotations.Nullable;

/**
 * What a tenant's channels and patterns are called on the server, and the other way round. On a
 * server that the tenant has for itself they are what they are. Elsewhere they have a prefix there,
 * except for keyspace notifications, which the server itself publishes: in those the number of the
 * database is another one, and where keys have a prefix the key has it.
 *
 * <p>A pattern means the tenant's own channels, unless it begins with {@code __keyspace@} or {@code
 * __keyevent@} and a database, or is {@code __key*__:*}: then it means notifications. What would
 * match notifications of databases or keys that nobody can tell beforehand is refused.
 *
 * <p><b>Threads:</b> one loop.
 */
public final class ChannelNames {
    private static final byte[] NOTHING = {};
    private static final byte[] ALL_NOTIFICATIONS = Notification.ascii("__key*__:*");
    private static final byte[] ANY = Notification.ascii("*");

    private final Setting setting;
    private final boolean plain;
    private final boolean keysPrefixed;
    private final byte[] prefix;
    private final byte[] escaped;
    private final Notification notification = new Notification();

    private record Setting(Isolation isolation, String prefix, int firstDatabase, int databases) {}

    private ChannelNames(Setting setting, Names names) {
        this.setting = setting;
        this.plain = names.isPlain();
        this.keysPrefixed = names.arePrefixed();
        this.prefix = names.prefixChannel(NOTHING);
        this.escaped = names.prefixPattern(NOTHING);
    }

    /** What a tenant of these settings has. */
    public static ChannelNames of(RespSettings settings, String tenant) {
        return new ChannelNames(
                new Setting(
                        settings.isolation(),
                        settings.prefixOf(tenant),
                        settings.firstDatabase(),
                        settings.databases()),
                Names.of(settings, tenant));
    }

    /** Whether names are the same with {@code other}. */
    public boolean areLike(ChannelNames other) {
        return setting.equals(other.setting);
    }

    /** The error for a pattern that cannot be subscribed to exactly; null if it can. */
    public @Nullable String refusal(SubscriptionKind kind, ByteBuf in, int index, int length) {
        if (plain || kind != SubscriptionKind.PATTERN) {
            return null;
        }
        Span pattern = new Span();
        pattern.set(in, index, length);
        if (pattern.is(ALL_NOTIFICATIONS)) {
            return null;
        }
        boolean exact =
                notification.read(pattern)
                        ? !notification.isOfAllDatabases()
                                || !isKeyPrefixed()
                                || notification.rest().is(ANY)
                        : !Notification.mayBeMatched(pattern, literal(pattern));
        return exact
                ? null
                : "ERR sluice: a pattern of keyspace notifications has to begin with __keyspace@<database>__: or __keyevent@<database>__:, the database being a number below %d or, %s, *; or has to be __key*__:*"
                        .formatted(
                                setting.databases(),
                                keysPrefixed ? "for __keyspace@ with * behind it" : "for all");
    }

    /** Bytes before the first that has a meaning in patterns. */
    private static int literal(Span pattern) {
        for (int i = 0; i < pattern.length(); i++) {
            if ("*?[\\".indexOf(pattern.at(i)) >= 0) {
                return i;
            }
        }
        return pattern.length();
    }

    /** Whether the notification that was read last names a key, and keys have a prefix. */
    private boolean isKeyPrefixed() {
        return keysPrefixed && !notification.isOfEvent();
    }

    // ---- to the server

    /** The server's name of what clients call {@code name}. */
    public byte[] toServer(SubscriptionKind kind, byte[] name) {
        if (plain) {
            return name;
        }
        ByteBuf out = Unpooled.buffer(Notification.longestHead() + escaped.length + name.length);
        writeToServer(kind, name, out);
        return ByteBufUtil.getBytes(out);
    }

    private void writeToServer(SubscriptionKind kind, byte[] name, ByteBuf out) {
        Span client = new Span();
        client.set(Unpooled.wrappedBuffer(name), 0, name.length);
        if (isNotification(kind, client)) {
            boolean all = notification.isOfAllDatabases();
            notification.writeHead(
                    out, all ? -1 : setting.firstDatabase() + notification.database());
            if (isKeyPrefixed() && !all) {
                out.writeBytes(before(kind));
            }
            Span rest = notification.rest();
            out.writeBytes(rest.in(), rest.start(), rest.length());
        } else {
            if (kind != SubscriptionKind.PATTERN || !client.is(ALL_NOTIFICATIONS)) {
                out.writeBytes(before(kind));
            }
            out.writeBytes(name);
        }
    }

    private boolean isNotification(SubscriptionKind kind, Span client) {
        return kind != SubscriptionKind.SHARD_CHANNEL
                && notification.read(client)
                && (notification.isOfAllDatabases()
                        ? kind == SubscriptionKind.PATTERN
                        : notification.database() < setting.databases());
    }

    private byte[] before(SubscriptionKind kind) {
        return kind == SubscriptionKind.PATTERN ? escaped : prefix;
    }

    // ---- to clients

    /**
     * Makes the server's {@code name} the client's.
     *
     * @param scratch where a name is written that is not part of the server's
     * @return whether it is this tenant's; the name is of no use otherwise
     */
    boolean toClient(SubscriptionKind kind, Span name, ByteBuf scratch) {
        if (plain) {
            return true;
        }
        if (kind == SubscriptionKind.PATTERN && name.is(ALL_NOTIFICATIONS)) {
            return true;
        }
        if (kind != SubscriptionKind.SHARD_CHANNEL && notification.read(name)) {
            return notification.isOfAllDatabases()
                    ? kind == SubscriptionKind.PATTERN
                    : renumber(kind, name, scratch);
        }
        return strip(name, before(kind));
    }

    private boolean renumber(SubscriptionKind kind, Span name, ByteBuf scratch) {
        int database = notification.database() - setting.firstDatabase();
        Span rest = notification.rest();
        if (database < 0
                || database >= setting.databases()
                || (isKeyPrefixed() && !strip(rest, before(kind)))) {
            return false;
        }
        int start = scratch.writerIndex();
        notification.writeHead(scratch, database);
        scratch.writeBytes(rest.in(), rest.start(), rest.length());
        name.set(scratch, start, scratch.writerIndex() - start);
        return true;
    }

    private static boolean strip(Span name, byte[] before) {
        if (!name.beginsWith(before)) {
            return false;
        }
        name.skip(before.length);
        return true;
    }

    /**
     * Makes the payload of a message the client's: that of a notification may be a key.
     *
     * @param channel as the server calls it
     * @return whether it is this tenant's
     */
    boolean payloadToClient(Span channel, Span payload) {
        return !keysPrefixed
                || !notification.read(channel)
                || !notification.isOfEvent()
                || strip(payload, prefix);
    }
}
