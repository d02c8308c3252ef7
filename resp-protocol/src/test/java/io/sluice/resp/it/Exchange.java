package io.sluice.resp.it;

import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A command, and how many replies and pushes follow it.
 *
 * @param words of the command
 */
record Exchange(int frames, List<String> words) {
    static Exchange of(int frames, String... words) {
        return new Exchange(frames, List.of(words));
    }

    /** What {@code client} gets, as it comes. */
    String with(RawRespClient client) throws IOException {
        client.send(RedisBytes.command(words.toArray(String[]::new)));
        return frames(client, frames);
    }

    /** The next {@code count} replies and pushes, as they come. */
    static String frames(RawRespClient client, int count) throws IOException {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(new String(client.readBytes(), StandardCharsets.ISO_8859_1));
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return String.join(" ", words);
    }
}
