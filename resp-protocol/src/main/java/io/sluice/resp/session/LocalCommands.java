package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.wire.RespBytes;
import io.sluice.resp.wire.RespVersion;
import io.sluice.tenant.Destination;
import org.jspecify.annotations.Nullable;

/**
 * Commands that the proxy answers itself, in the client's order.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class LocalCommands {
    private final RespSession session;

    LocalCommands(RespSession session) {
        this.session = session;
    }

    /**
     * Deals with a whole command.
     *
     * @return whether it is done with; otherwise it is asked again
     */
    boolean run(Request request, CommandSpec spec) {
        return switch (spec.name()) {
            case "ping" -> ping(request);
            case "echo" -> echo(request);
            case "select" -> select(request);
            case "auth" -> auth(request);
            case "hello" -> hello(request);
            case "quit" -> quit();
            case "client setname" -> setName(request);
            case "client getname" -> getName();
            case "client id" -> id();
            case "client setinfo" -> ok();
            case "readonly", "readwrite" -> ok();
            default -> {
                session.client().onCommand();
                session.answerError("ERR sluice: %s is not available".formatted(spec.name()));
                yield true;
            }
        };
    }

    private ByteBuf begin(int capacity) {
        session.client().onCommand();
        return session.channel().alloc().buffer(capacity);
    }

    private boolean end(ByteBuf answer) {
        session.answer(answer);
        return true;
    }

    private boolean ok() {
        ByteBuf out = begin(8);
        RespBytes.ok(out);
        return end(out);
    }

    private boolean error(String text) {
        session.client().onCommand();
        session.answerError(text);
        return true;
    }

    private boolean ping(Request request) {
        if (request.count() == 1) {
            ByteBuf out = begin(8);
            RespBytes.simple(out, "PONG");
            return end(out);
        }
        return echo(request);
    }

    private boolean echo(Request request) {
        ByteBuf out = begin(request.length(1) + 32);
        RespBytes.bulk(out, request.buffer(), request.start(1), request.length(1));
        return end(out);
    }

    private boolean quit() {
        ByteBuf out = begin(8);
        RespBytes.ok(out);
        session.answer(out);
        session.leave("the client quit");
        return true;
    }

    // ---- where commands go

    private boolean select(Request request) {
        long number = request.number(1, -1);
        if (number < 0) {
            return error("ERR invalid DB index");
        }
        Destination there = session.destination(Long.toString(number));
        if (there == null) {
            return error("ERR DB index is out of range");
        }
        if (session.hasOpenSlots() || session.lease() != null) {
            return false;
        }
        session.go(there, session.client().version());
        return ok();
    }

    private boolean auth(Request request) {
        Credentials credentials = Credentials.ofAuth(request);
        if (credentials == null) {
            return error("ERR syntax error");
        }
        if (session.hasOpenSlots() || session.lease() != null) {
            return false;
        }
        session.authenticate(
                credentials,
                there -> {
                    if (enter(there, session.client().version())) {
                        ok();
                    }
                });
        return true;
    }

    private boolean hello(Request request) {
        if (session.hasOpenSlots() || session.lease() != null) {
            return false;
        }
        return switch (Hello.read(request)) {
            case Hello.Wrong(String error) -> error(error);
            case Hello.Asked asked -> {
                Credentials credentials = asked.credentials();
                if (credentials == null) {
                    yield greet(asked);
                }
                session.authenticate(
                        credentials,
                        there -> {
                            if (enter(there, session.client().version())) {
                                greet(asked);
                            }
                        });
                yield true;
            }
        };
    }

    /** Returns whether the client is let in; otherwise it has been told. */
    private boolean enter(@Nullable Destination there, RespVersion version) {
        if (there == null) {
            return !error("WRONGPASS invalid username-password pair or user is disabled.");
        }
        if (!session.isAtHome(there)) {
            return !error(
                    "ERR sluice: a connection stays with the tenant that it has logged in to, open another one");
        }
        session.go(there, version);
        return true;
    }

    private boolean greet(Hello.Asked asked) {
        RespVersion version =
                asked.version() == null ? session.client().version() : asked.version();
        if (asked.name() != null) {
            session.client().setName(asked.name());
        }
        session.client().setVersion(version);
        session.go(session.destination(), version);
        ByteBuf out = begin(256);
        RespBytes.map(out, version, 7);
        RespBytes.bulk(out, "server");
        RespBytes.bulk(out, "redis");
        RespBytes.bulk(out, "version");
        RespBytes.bulk(out, serverVersion());
        RespBytes.bulk(out, "proto");
        RespBytes.integer(out, version.number());
        RespBytes.bulk(out, "id");
        RespBytes.integer(out, session.id());
        RespBytes.bulk(out, "mode");
        RespBytes.bulk(out, "standalone");
        RespBytes.bulk(out, "role");
        RespBytes.bulk(out, "master");
        RespBytes.bulk(out, "modules");
        RespBytes.array(out, 0);
        return end(out);
    }

    private String serverVersion() {
        String known = session.lanes().knowledge().version();
        return known.isEmpty() ? "6.2.0" : known;
    }

    // ---- what it says of itself

    private boolean setName(Request request) {
        String name = request.text(2);
        if (!Hello.isName(name)) {
            return error("ERR Client names cannot contain spaces, newlines or special characters.");
        }
        session.client().setName(name);
        return ok();
    }

    private boolean getName() {
        ByteBuf out = begin(session.client().name().length() + 16);
        if (session.client().name().isEmpty()) {
            RespBytes.nullBulk(out, session.client().version());
        } else {
            RespBytes.bulk(out, session.client().name());
        }
        return end(out);
    }

    private boolean id() {
        ByteBuf out = begin(24);
        RespBytes.integer(out, session.id());
        return end(out);
    }
}
