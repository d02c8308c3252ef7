package io.sluice.resp.session;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.sluice.resp.command.ReplyTree;
import io.sluice.resp.wire.RespBytes;
import io.sluice.resp.wire.RespVersion;
import java.util.List;

/**
 * The modules that a server has loaded, as it tells of them in answer to HELLO: an array of what
 * are maps in RESP3, and in RESP2 arrays of names and values.
 */
record Modules(List<ReplyTree> all) {
    static final Modules NONE = new Modules(List.of());

    /** Writes them as the server would to a client of {@code version}. */
    void write(ByteBuf out, RespVersion version) {
        RespBytes.array(out, all.size());
        for (ReplyTree module : all) {
            if (module instanceof ReplyTree.Items(List<ReplyTree> items) && items.size() % 2 == 0) {
                RespBytes.map(out, version, items.size() / 2);
                items.forEach(item -> write(out, item));
            } else {
                write(out, module);
            }
        }
    }

    private static void write(ByteBuf out, ReplyTree value) {
        switch (value) {
            case ReplyTree.Text(String text) ->
                    RespBytes.bulk(out, text.getBytes(ISO_8859_1)); // as it was read
            case ReplyTree.Count(long number) -> RespBytes.integer(out, number);
            case ReplyTree.Items(List<ReplyTree> items) -> {
                RespBytes.array(out, items.size());
                items.forEach(item -> write(out, item));
            }
        }
    }
}
