package io.sluice.resp.session;

import io.sluice.net.Loop;
import io.sluice.resp.command.CommandTable;
import io.sluice.resp.tenancy.ReplyRewriter;
import io.sluice.resp.tenancy.RequestRewriter;
import io.sluice.resp.wire.RequestScanner;
import io.sluice.resp.wire.RespVersion;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the Redis sessions of one loop have in common: tools that each uses for a moment, and the
 * lanes to their servers.
 *
 * <p><b>Threads:</b> confined to the loop.
 */
public final class RespHome {
    private final Proxy proxy;
    private final Loop loop;
    private final CommandTable table;
    private final RequestRewriter rewriter = new RequestRewriter();
    private final Request request;
    private final Request ahead;
    private final RequestScanner scannerAhead = new RequestScanner();
    private final Map<String, Knowledge> knowledge = new HashMap<>();
    private final FanOut fanOut = new FanOut(this);
    private final UnreadReplies unread;
    private @Nullable RequestScanner spare;
    private @Nullable ReplyRewriter spareRewriter;

    public RespHome(Proxy proxy, Loop loop, CommandTable table, UnreadBudget unreadBudget) {
        this.unread = new UnreadReplies(loop, unreadBudget);
        this.proxy = proxy;
        this.loop = loop;
        this.table = table;
        RequestScanner any = new RequestScanner();
        this.request = new Request(any);
        this.ahead = new Request(any);
        this.spare = any;
    }

    Proxy proxy() {
        return proxy;
    }

    /** The lanes to a destination. */
    public RespLanes lanes(Destination destination, RespVersion version) {
        return RespLanes.to(destination, version, this);
    }

    /** Where its sessions subscribe. */
    FanOut fanOut() {
        return fanOut;
    }

    /** The configuration may have changed; on the loop. */
    public void onReload() {
        fanOut.onReload();
    }

    public Loop loop() {
        return loop;
    }

    public CommandTable table() {
        return table;
    }

    /** Puts tenants' prefixes into requests. */
    RequestRewriter rewriter() {
        return rewriter;
    }

    /** Its sessions whose clients do not read. */
    UnreadReplies unread() {
        return unread;
    }

    /** The command that is being dealt with. */
    Request request() {
        return request;
    }

    /** A command behind that one. */
    Request ahead() {
        return ahead;
    }

    /** What is known of a backend, as one of its users sees it. */
    public Knowledge knowledge(String backend, String user) {
        return knowledge.computeIfAbsent(
                backend + "/" + user, _ -> new Knowledge(loop, backend, table));
    }

    /**
     * For a look ahead, at its beginning: whoever had it before may have met what is no request.
     */
    RequestScanner scannerAhead() {
        scannerAhead.reset();
        return scannerAhead;
    }

    RequestScanner borrowScanner() {
        RequestScanner borrowed = spare;
        if (borrowed == null) {
            return new RequestScanner();
        }
        spare = null;
        return borrowed;
    }

    void giveBack(RequestScanner scanner) {
        spare = scanner;
    }

    /** For one reply. */
    ReplyRewriter borrowReplyRewriter() {
        ReplyRewriter borrowed = spareRewriter;
        if (borrowed == null) {
            return new ReplyRewriter();
        }
        spareRewriter = null;
        return borrowed;
    }

    void giveBack(ReplyRewriter rewriter) {
        if (rewriter.isReusable()) {
            spareRewriter = rewriter;
        }
    }
}
