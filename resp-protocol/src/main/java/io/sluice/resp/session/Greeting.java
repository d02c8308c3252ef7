package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * What a server says of itself in answer to HELLO: a map, or an array of names and values.
 *
 * @param version such as 7.0.15; "" if it does not say
 * @param id of the connection; 0 if it does not say
 */
record Greeting(String version, long id) {
    private static final int MOST_LINES = 64;

    /** Reads the lines that matter; lengths were checked by whoever found the end of the answer. */
    static Greeting read(ByteBuf answer) {
        String[] lines = answer.toString(StandardCharsets.UTF_8).split("\r\n", MOST_LINES);
        String version = "";
        long id = 0;
        for (int i = 0; i + 1 < lines.length; i++) {
            if (lines[i].equals("version") && i + 2 < lines.length) {
                version = lines[i + 2];
            } else if (lines[i].equals("id") && lines[i + 1].matches(":[0-9]{1,18}")) {
                id = Long.parseLong(lines[i + 1].substring(1));
            }
        }
        return new Greeting(version, id);
    }
}
