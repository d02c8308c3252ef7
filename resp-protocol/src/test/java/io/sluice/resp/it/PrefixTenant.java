package io.sluice.resp.it;

import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.RespValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A tenant that shares a Redis by key prefix, beside a client without a proxy that has a database
 * of its own: whatever the tenant does, that one does, too, and is to be answered alike.
 */
final class PrefixTenant implements AutoCloseable {
    /** Lines of configuration that have both of {@link TestProxy}'s tenants share database 0. */
    static final String[] CONFIG = {
        "sluice.redis.command-timeouts { simple-read = 0, complex-read = 0, write = 0, batch = 0 }",
        "sluice.redis.timeouts.query = 20s",
        "sluice.tenants.acme.redis { isolation = prefix, database-count = 1 }",
        "sluice.tenants.globex.redis { isolation = prefix, first-database = 0, database-count = 1 }"
    };

    /** Values that each tenant has of its own, in keys that are called alike. */
    private static final String[][] KEYS = {
        {"SET", "s", "v@"},
        {"SET", "n", "10"},
        {"RPUSH", "l", "a", "b", "c@"},
        {"HSET", "h", "f", "v@", "g", "w"},
        {"HSET", "h2", "f", "v@"},
        {"SADD", "t", "a", "b", "c@"},
        {"SADD", "t2", "b"},
        {"ZADD", "z", "1", "a", "2", "b", "3", "c@"},
        {"ZADD", "z2", "1", "b"},
        {"XADD", "x", "1-1", "f", "v@"},
        {"XGROUP", "CREATE", "x", "grp", "0"},
        {"GEOADD", "g", "13.361389", "38.115556", "P", "15.087269", "37.502669", "C@"},
        {"PFADD", "p", "a", "b", "c@"}
    };

    private final String name;
    private final char letter;
    private final char other;
    private final RawRespClient tenant;
    private final RawRespClient direct;

    /**
     * @param letter that its values have, and nobody else's
     * @param other that the other tenant's have
     * @param database of the client without a proxy
     */
    PrefixTenant(
            TestProxy proxy,
            RedisBackend backend,
            String name,
            char letter,
            char other,
            int database,
            int version)
            throws IOException {
        this.name = name;
        this.letter = letter;
        this.other = other;
        this.tenant = proxy.login(name);
        this.direct = backend.admin();
        if (version == 3) {
            tenant.hello3();
            direct.hello3();
        }
        direct.succeed("SELECT", Integer.toString(database));
    }

    char letter() {
        return letter;
    }

    /** Has the keys that all samples are about, and no others. */
    void setUp() throws IOException {
        direct.succeed("FLUSHDB");
        List<byte[]> commands = new ArrayList<>();
        for (String[] key : KEYS) {
            commands.add(
                    RedisBytes.command(
                            Arrays.stream(key)
                                    .map(word -> word.replace('@', letter))
                                    .toArray(String[]::new)));
        }
        byte[] all = RedisBytes.all(commands.toArray(byte[][]::new));
        direct.send(all).read(commands.size());
        for (RespValue reply : tenant.send(all).read(commands.size())) {
            if (reply.isError()) {
                throw new IOException(name + ": " + reply.text());
            }
        }
    }

    /**
     * Both do the same.
     *
     * @param replies how many there are
     * @return what came for the tenant, then what came without a proxy; alike if all is well
     */
    Answers both(int replies, byte[]... commands) throws IOException {
        tenant.send(commands);
        direct.send(commands);
        return new Answers(read(tenant, replies), read(direct, replies));
    }

    /** As {@link #both}, one command after the other's reply. */
    Answers oneByOne(byte[]... commands) throws IOException {
        var ours = new StringBuilder();
        var theirs = new StringBuilder();
        for (byte[] command : commands) {
            Answers answers = both(1, command);
            ours.append(answers.tenant);
            theirs.append(answers.direct);
        }
        return new Answers(ours.toString(), theirs.toString());
    }

    /** As {@link #both}, the replies one by one. */
    List<Answers> pipeline(byte[]... commands) throws IOException {
        tenant.send(commands);
        direct.send(commands);
        List<Answers> answers = new ArrayList<>();
        for (int i = 0; i < commands.length; i++) {
            answers.add(new Answers(read(tenant, 1), read(direct, 1)));
        }
        return answers;
    }

    /** What the tenant was answered, and a client without a proxy. */
    record Answers(String tenant, String direct) {
        /** The same, whatever the order in which a server keeps what has none. */
        Answers unordered() {
            return new Answers(sorted(tenant), sorted(direct));
        }

        private static String sorted(String reply) {
            return sorted(RespValue.of(reply.getBytes(StandardCharsets.ISO_8859_1)));
        }

        private static String sorted(RespValue value) {
            boolean isSimple = value.isNull() || "*~%>".indexOf(value.type()) < 0;
            return isSimple
                    ? value.toString()
                    : value.type()
                            + value.elements().stream()
                                    .map(Answers::sorted)
                                    .sorted(Comparator.naturalOrder())
                                    .toList()
                                    .toString();
        }
    }

    /** Whether a reply tells of another tenant, or of how the server calls things. */
    boolean tellsTooMuch(String reply) {
        return reply.contains(bytes(other)) || reply.contains("acme:") || reply.contains("globex:");
    }

    /** The letter as it is in a reply, of which each byte is a character. */
    private static String bytes(char letter) {
        return new String(
                Character.toString(letter).getBytes(StandardCharsets.UTF_8),
                StandardCharsets.ISO_8859_1);
    }

    private static String read(RawRespClient client, int replies) throws IOException {
        var text = new StringBuilder();
        for (int i = 0; i < replies; i++) {
            text.append(new String(client.readBytes(), StandardCharsets.ISO_8859_1));
        }
        return text.toString();
    }

    @Override
    public void close() throws IOException {
        tenant.close();
        direct.close();
    }
}
