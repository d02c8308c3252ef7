package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.resp.command.MalformedCommands;
import io.sluice.resp.command.ReplyTree;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a server says of itself in answer to HELLO: a map, or an array of names and values.
 *
 * @param version such as 7.0.15; "" if it does not say
 * @param id of the connection; 0 if it does not say
 * @param modules that it has loaded
 */
record Greeting(String version, long id, Modules modules) {

    /**
     * @throws MalformedCommands if it cannot be read
     */
    static Greeting read(ByteBuf answer) {
        Map<String, ReplyTree> said = new TreeMap<>();
        if (ReplyTree.read(answer) instanceof ReplyTree.Items(List<ReplyTree> items)) {
            for (int i = 0; i + 1 < items.size(); i += 2) {
                if (items.get(i) instanceof ReplyTree.Text(String name)) {
                    said.put(name, items.get(i + 1));
                }
            }
        }
        return new Greeting(
                said.get("version") instanceof ReplyTree.Text(String version) ? version : "",
                said.get("id") instanceof ReplyTree.Count(long id) ? id : 0,
                said.get("modules") instanceof ReplyTree.Items(List<ReplyTree> modules)
                        ? new Modules(modules)
                        : Modules.NONE);
    }
}
