package io.sluice.pg.login;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import io.sluice.pg.message.Backend;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.pg.settings.SettingsTracker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A StartupMessage, with its {@code options} taken apart.
 *
 * @param version major version in the upper half, minor in the lower
 * @param parameters all but those below, by name in lower case; options as if they were parameters
 * @param extensions names that begin with {@code _pq_.}: protocol options
 */
record StartupPacket(
        int version,
        String user,
        String database,
        String replication,
        Map<String, String> parameters,
        List<String> extensions) {

    /** Longest first packet: PostgreSQL's own limit. */
    static final int MAX_BYTES = 10_000;

    int major() {
        return version >>> 16;
    }

    int minor() {
        return version & 0xffff;
    }

    /**
     * Reads a packet behind its length and version.
     *
     * @param in borrowed; whole
     * @throws ProtocolViolation if it is not as the protocol says
     */
    static StartupPacket read(int version, ByteBuf in) {
        Map<String, String> parameters = new LinkedHashMap<>();
        List<String> extensions = new ArrayList<>();
        String user = "";
        String database = "";
        String replication = "";
        String options = "";
        while (true) {
            String name = string(in);
            if (name.isEmpty()) {
                break;
            }
            String value = string(in);
            switch (name) {
                case "user" -> user = value;
                case "database" -> database = value;
                case "replication" -> replication = value;
                case "options" -> options = value;
                default -> {
                    if (name.startsWith("_pq_.")) {
                        extensions.add(name);
                    } else {
                        requireText(name, value);
                        parameters.put(name.toLowerCase(Locale.ROOT), value);
                    }
                }
            }
        }
        if (in.isReadable()) {
            throw new ProtocolViolation("startup packet with bytes behind its end");
        }
        requireText("options", options);
        readOptions(options, parameters);
        requireFew(parameters);
        return new StartupPacket(
                version,
                user,
                database.isEmpty() ? user : database,
                replication,
                parameters,
                extensions);
    }

    boolean asksForReplication() {
        return !replication.isEmpty() && !isFalse(replication);
    }

    /** As PostgreSQL reads it: any beginning of a word that no other has, in any case. */
    private static boolean isFalse(String value) {
        String word = value.toLowerCase(Locale.ROOT);
        return word.equals("0")
                || "false".startsWith(word)
                || "no".startsWith(word)
                || (word.length() > 1 && "off".startsWith(word));
    }

    /**
     * Whether it has a newer minor version, or protocol options: the client is told what is there.
     */
    boolean isToBeNegotiated() {
        return newest() != minor() || !extensions.isEmpty();
    }

    /** Writes what is there of what the client wants. */
    void negotiate(ByteBuf out) {
        int start = Messages.begin(out, Backend.NEGOTIATE_PROTOCOL_VERSION);
        out.writeInt(3 << 16 | newest());
        out.writeInt(extensions.size());
        extensions.forEach(name -> Messages.string(out, name));
        Messages.end(out, start);
    }

    /** The newest minor version that is not newer than the client's. */
    private int newest() {
        int newest = Math.min(minor(), 2);
        return newest == 1 ? 0 : newest; // 3.1 was never released
    }

    /** Settings are repeated in UTF-8; only of a client's own name it does not matter. */
    private static void requireText(String name, String value) {
        if (value.indexOf('\uFFFD') >= 0 && !name.equalsIgnoreCase("application_name")) {
            throw new ProtocolViolation("startup parameter %s is not UTF-8".formatted(name));
        }
    }

    /** All are set again at each change of server connections: more than are followed cannot be. */
    private static void requireFew(Map<String, String> parameters) {
        int settings =
                parameters.size() - (parameters.containsKey(Addressee.TENANT_OPTION) ? 1 : 0);
        if (settings > SettingsTracker.MOST) {
            throw new ProtocolViolation(
                    "startup packet with %d settings, at most %d are taken: leave some out, or set them by ALTER ROLE"
                            .formatted(settings, SettingsTracker.MOST));
        }
    }

    private static String string(ByteBuf in) {
        int end = in.forEachByte(ByteProcessor.FIND_NUL);
        if (end < 0) {
            throw new ProtocolViolation("startup packet without its end");
        }
        String value =
                in.toString(in.readerIndex(), end - in.readerIndex(), StandardCharsets.UTF_8);
        in.readerIndex(end + 1);
        return value;
    }

    /** Command-line options: {@code -c name=value}, {@code -cname=value}, {@code --name=value}. */
    private static void readOptions(String options, Map<String, String> parameters) {
        List<String> words = words(options);
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            String setting;
            if (word.equals("-c") && i + 1 < words.size()) {
                setting = words.get(++i);
            } else if (word.startsWith("-c")) {
                setting = word.substring(2);
            } else if (word.startsWith("--")) {
                setting = word.substring(2);
            } else {
                throw new ProtocolViolation(
                        "options: only -c name=value and --name=value are known");
            }
            int equals = setting.indexOf('=');
            if (equals <= 0) {
                throw new ProtocolViolation("options: a setting without name or value");
            }
            String name = setting.substring(0, equals).replace('-', '_').toLowerCase(Locale.ROOT);
            parameters.put(name, setting.substring(equals + 1));
        }
    }

    /** Splits at white space; a backslash takes the next character as it is. */
    private static List<String> words(String options) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < options.length(); i++) {
            char c = options.charAt(i);
            if (c == '\\' && i + 1 < options.length()) {
                word.append(options.charAt(++i));
                inWord = true;
            } else if (Character.isWhitespace(c)) {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                    inWord = false;
                }
            } else {
                word.append(c);
                inWord = true;
            }
        }
        if (inWord) {
            words.add(word.toString());
        }
        return words;
    }
}
