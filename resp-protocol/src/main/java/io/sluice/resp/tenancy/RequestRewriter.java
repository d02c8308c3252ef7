package io.sluice.resp.tenancy;

import io.netty.buffer.ByteBuf;
import io.sluice.net.TurnWriter;
import io.sluice.resp.command.Arguments;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.KeyFinder;
import io.sluice.resp.command.KeySpec.Part;
import io.sluice.resp.command.KeySpec.Range;
import io.sluice.resp.command.KeySpec.Role;
import io.sluice.resp.command.PrefixUse;
import io.sluice.resp.wire.RespBytes;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Puts the prefix of a tenant into its requests while they are copied to where they are sent. All
 * else stays as the client wrote it, byte for byte.
 *
 * <p><b>Threads:</b> one per event loop. <b>Buffers:</b> requests are borrowed. Nothing is
 * allocated, but for commands with very many keys.
 */
public final class RequestRewriter {
    /** Redis takes no longer argument, and ends the connection of who sends one. */
    private static final int LONGEST_ARGUMENT = 512 << 20;

    /** {@code $}, CR and LF. */
    private static final int HEADER_BYTES = 3;

    /** Digits that a header may get more of, and what SCAN gets for its missing option. */
    private static final int SLACK_BYTES = 64;

    private static final String MATCH = "MATCH";

    private final KeyFinder found = new KeyFinder();

    /**
     * Why a command cannot be sent in a tenant's names; null if it can.
     *
     * @param arguments all of them, or so many that {@link #head} tells where the names end
     */
    public @Nullable String refusal(Names names, CommandSpec spec, Arguments arguments) {
        if (!names.touches(spec)) {
            return null;
        }
        if (!found.find(spec, arguments)) {
            return "ERR syntax error (sluice: it cannot be told which arguments of %s are keys)"
                    .formatted(shown(spec));
        }
        if (found.has(Role.DATABASE)) {
            return "NOPERM sluice: %s with a database number is refused, since tenants share this server by %s"
                    .formatted(shown(spec), names.arePrefixed() ? "key prefix" : "database number");
        }
        for (int i = 0; i < found.count(); i++) {
            byte[] before = names.before(found.role(i));
            int most = LONGEST_ARGUMENT - (before == null ? 0 : before.length);
            if (arguments.length(found.argument(i)) > most) {
                return "ERR sluice: argument %d of %s has %d bytes, more than the %d that the server takes with the tenant's prefix before it"
                        .formatted(
                                found.argument(i),
                                shown(spec),
                                arguments.length(found.argument(i)),
                                most);
            }
        }
        return null;
    }

    private static String shown(CommandSpec spec) {
        return spec.name().toUpperCase(Locale.ROOT);
    }

    /**
     * How many bytes, from the reader index on, hold all names of a command that is there in part;
     * what follows may be sent as it comes.
     *
     * @return -1 if that can only be told of the whole command
     */
    public int head(Names names, CommandSpec spec, Arguments arguments) {
        if (!names.touches(spec)) {
            return 0;
        }
        int last = 0;
        List<Part> parts = spec.keys().parts();
        for (int i = 0; i < parts.size(); i++) {
            if (!(parts.get(i) instanceof Range range)
                    || range.last() < 0
                    || range.last() >= arguments.count()) {
                return -1;
            }
            last = Math.max(last, range.last());
        }
        int end = arguments.start(last) + arguments.length(last) + 2;
        return end - arguments.buffer().readerIndex();
    }

    /**
     * Copies a command, or what of it {@link #head} has named. It is one that {@link #refusal} had
     * nothing against; its names are looked for again, for whatever was asked meanwhile.
     *
     * @param size bytes to be copied, from the reader index on
     */
    public void write(TurnWriter to, Names names, CommandSpec spec, Arguments arguments, int size) {
        int most = find(names, spec, arguments, size);
        copy(names, spec, arguments, size, to.room(most));
    }

    /** Finds what {@link #copy} needs at once, and how much room that needs at most. */
    int find(Names names, CommandSpec spec, Arguments arguments, int size) {
        if (!names.touches(spec)) {
            return size;
        }
        if (!found.find(spec, arguments)) {
            throw new IllegalStateException(spec.name() + " was let through");
        }
        return most(names, size);
    }

    void copy(Names names, CommandSpec spec, Arguments arguments, int size, ByteBuf out) {
        ByteBuf in = arguments.buffer();
        int at = in.readerIndex();
        int end = at + size;
        if (!names.touches(spec)) {
            out.writeBytes(in, at, size);
            return;
        }
        boolean addsMatch =
                names.arePrefixed() && spec.prefix() == PrefixUse.SCAN && !found.has(Role.GLOB);
        if (addsMatch) {
            RespBytes.array(out, arguments.count() + 2);
            at = headerOf(arguments, 0);
        }
        for (int i = 0; i < found.count(); i++) {
            byte[] before = names.before(found.role(i));
            if (before != null) {
                int argument = found.argument(i);
                int header = headerOf(arguments, argument);
                out.writeBytes(in, at, header - at);
                RespBytes.bulkHeader(out, before.length + arguments.length(argument));
                out.writeBytes(before);
                at = arguments.start(argument);
            }
        }
        out.writeBytes(in, at, end - at);
        if (addsMatch) {
            addMatch(out, names.escaped());
        }
    }

    private static void addMatch(ByteBuf out, byte[] escaped) {
        RespBytes.bulk(out, MATCH);
        RespBytes.bulkHeader(out, escaped.length + 1);
        out.writeBytes(escaped).writeByte('*');
        RespBytes.end(out);
    }

    /** Bytes that a command of so many has at most when its names have their prefix. */
    private int most(Names names, int size) {
        long each = names.escaped().length + 2L;
        long most = size + SLACK_BYTES + (found.count() + 1) * each;
        return (int) Math.min(most, Integer.MAX_VALUE);
    }

    /** Where the header of an argument begins: lengths have no digit more than they need. */
    private static int headerOf(Arguments arguments, int argument) {
        int digits = 1;
        for (int left = arguments.length(argument) / 10; left > 0; left /= 10) {
            digits++;
        }
        return arguments.start(argument) - HEADER_BYTES - digits;
    }
}
