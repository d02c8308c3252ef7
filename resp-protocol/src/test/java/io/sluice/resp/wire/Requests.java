package io.sluice.resp.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/** What a scanner makes of a client's bytes. */
final class Requests {
    private Requests() {}

    /**
     * A command: its arguments, what would go to a server, and bytes that the client sent for it.
     */
    record Found(List<String> arguments, String toServer, int consumed, boolean isInline) {}

    /** All of them, and why it ended early, if it did. */
    record Outcome(List<Found> commands, String error, int left) {
        List<List<String>> arguments() {
            return commands.stream().map(Found::arguments).toList();
        }
    }

    static Outcome scan(byte[] bytes, RequestLimits limits, int... cuts) {
        RequestScanner scanner = new RequestScanner();
        List<Found> commands = new ArrayList<>();
        ByteBuf in = Unpooled.buffer(1);
        try {
            for (byte[] piece : Pieces.of(bytes, cuts)) {
                in = Pieces.joined(in, piece);
                while (scanner.scan(in, limits)) {
                    commands.add(found(scanner, in));
                    in.skipBytes(scanner.consumed());
                    scanner.reset();
                }
            }
            return new Outcome(commands, "", in.readableBytes());
        } catch (BrokenProtocol broken) {
            return new Outcome(commands, String.valueOf(broken.getMessage()), 0);
        } finally {
            in.release();
        }
    }

    private static Found found(RequestScanner scanner, ByteBuf in) {
        ByteBuf bytes = scanner.bytes(in);
        List<String> arguments = new ArrayList<>();
        for (int i = 0; i < scanner.arguments(); i++) {
            arguments.add(text(bytes, bytes.readerIndex() + scanner.offset(i), scanner.length(i)));
        }
        return new Found(
                arguments,
                text(bytes, bytes.readerIndex(), scanner.size()),
                scanner.consumed(),
                scanner.isInline());
    }

    private static String text(ByteBuf bytes, int index, int length) {
        byte[] copy = new byte[length];
        bytes.getBytes(index, copy);
        return Pieces.text(copy);
    }
}
