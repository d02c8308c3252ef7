package io.sluice.resp.login;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.config.ListenerConfig;
import io.sluice.net.Clock;
import io.sluice.resp.session.Credentials;
import io.sluice.resp.session.Hello;
import io.sluice.resp.session.Request;
import io.sluice.resp.session.Verdict;
import io.sluice.resp.session.Words;
import io.sluice.resp.wire.BrokenProtocol;
import io.sluice.resp.wire.RequestLimits;
import io.sluice.resp.wire.RequestScanner;
import io.sluice.resp.wire.RespBytes;
import io.sluice.session.Arrival;
import io.sluice.session.LastWords;
import io.sluice.session.Logins;
import io.sluice.session.NotLetIn;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;

/**
 * The first words with a Redis client, up to the command that proves who it is. That one is not
 * taken: it is looked at again by the session, which answers it.
 *
 * <p><b>Threads:</b> confined to the loop that accepted the channel.
 */
final class RespArrival extends Arrival {
    /** Commands without a proof that are answered before the connection is closed. */
    private static final int MOST_UNPROVEN = 16;

    private static final RequestLimits LIMITS = RequestLimits.REDIS.beforeLogin();

    private final RedisServer server;
    private final RequestScanner scanner = new RequestScanner();
    private final Request command = new Request(scanner);
    private String user = "";
    private int unproven;
    private boolean begun;

    /** Whether a proof is being looked at; the command that has it is the next to be read. */
    private boolean checking;

    /** That proof was wrong, and the client knows. */
    private boolean failed;

    private boolean reading;

    RespArrival(
            RedisServer server,
            Proxy proxy,
            ListenerConfig listener,
            Channel channel,
            Clock clock,
            Logins logins) {
        super(proxy, listener, channel, clock, logins);
        this.server = server;
    }

    @Override
    public String user() {
        return user;
    }

    @Override
    protected boolean read(ByteBuf in) {
        reading = true;
        try {
            return readCommand(in);
        } finally {
            reading = false;
        }
    }

    private boolean readCommand(ByteBuf in) {
        if (checking) {
            return false;
        }
        if (failed) {
            failed = false;
            skip(in);
            return true;
        }
        if (!begun) {
            if (!tls().wasAskedFor() && tlsBegins(in, false)) {
                return false;
            }
            begun = true;
            if (lacksTls()) {
                refuse(error("ERR sluice: connections here must use TLS"), "came without TLS");
                return false;
            }
            if (letInUnasked()) {
                return false;
            }
        }
        try {
            if (!scanner.scan(in, LIMITS)) {
                return false;
            }
        } catch (BrokenProtocol e) {
            refuse(error("ERR " + e.getMessage()), "it broke the protocol: " + e.getMessage());
            return false;
        }
        if (!onCommand(in)) {
            return false;
        }
        skip(in);
        return true;
    }

    private void skip(ByteBuf in) {
        in.skipBytes(scanner.consumed());
        scanner.reset();
    }

    /**
     * Where the listener or the TLS server name says the tenant, and its default user is trusted.
     */
    private boolean letInUnasked() {
        Destination destination = doorkeeper().unasked();
        if (destination == null) {
            return false;
        }
        user = destination.user().name();
        server.beginSession(this, doorkeeper(), destination);
        return true;
    }

    /** Returns whether the command is done with. */
    private boolean onCommand(ByteBuf in) {
        command.set(in, scanner);
        if (command.is(0, "AUTH")) {
            Credentials credentials = Credentials.ofAuth(command);
            if (credentials == null) {
                return answer(
                        command.count() < 2
                                ? "ERR wrong number of arguments for 'auth' command"
                                : "ERR syntax error");
            }
            return prove(credentials);
        } else if (command.is(0, "HELLO")) {
            return onHello(Hello.read(command));
        } else if (command.is(0, "QUIT")) {
            refuse(new LastWords("QUIT", RespBytes::ok), "it quit before it logged in");
            return false;
        } else if (command.is(0, "RESET")) {
            ByteBuf out = channel().alloc().buffer(16);
            RespBytes.simple(out, "RESET");
            channel().writeAndFlush(out, channel().voidPromise());
            return true;
        } else if (scanner.isHttp(in)) {
            hangUp("it speaks HTTP");
            return false;
        }
        return answer(Words.unproven(command));
    }

    private boolean onHello(Hello hello) {
        return switch (hello) {
            case Hello.Wrong(String error) -> answer(error);
            case Hello.Asked asked -> {
                Credentials credentials = asked.credentials();
                yield credentials == null ? answer(Words.HELLO_UNPROVEN) : prove(credentials);
            }
        };
    }

    private boolean answer(String text) {
        if (++unproven > MOST_UNPROVEN) {
            refuse(error(text), "%d commands without a login".formatted(unproven));
            return false;
        }
        ByteBuf out = channel().alloc().buffer(text.length() + 8);
        RespBytes.error(out, text);
        channel().writeAndFlush(out, channel().voidPromise());
        return true;
    }

    // ---- proof

    private boolean prove(Credentials credentials) {
        user = credentials.user();
        checking = true;
        doorkeeper().check(credentials, proxy().loops().current()).thenAccept(this::onChecked);
        return takeFailed();
    }

    private Doorkeeper doorkeeper() {
        return new Doorkeeper(proxy(), client(), listener().tenant(), tls().serverName());
    }

    /** Whether the proof was found wrong at once. */
    private boolean takeFailed() {
        boolean taken = failed;
        failed = false;
        return taken;
    }

    private void onChecked(Verdict verdict) {
        if (isOver()) {
            return;
        }
        try {
            switch (verdict) {
                case Verdict.LetIn(Destination destination) ->
                        server.beginSession(this, doorkeeper(), destination);
                case Verdict.Wrong _ -> onUnproven(Words.WRONG_PASSWORD);
                case Verdict.NotChecked _ -> onUnproven(Words.NOT_CHECKED);
                case Verdict.TooMany(NotLetIn.TooManyFailures why) -> refuse(why);
            }
        } catch (RuntimeException e) {
            onFailure(e); // nobody else would hear of it
        }
    }

    private void onUnproven(String text) {
        checking = false;
        failed = answer(text);
        if (failed && !reading) {
            readOn();
        }
    }

    // ---- what it is told

    private static LastWords error(String text) {
        return new LastWords(text, out -> RespBytes.error(out, text));
    }

    @Override
    protected LastWords words(NotLetIn why) {
        return error(
                switch (why) {
                    case NotLetIn.TooManyAtOnce _ -> "ERR max number of clients reached";
                    case NotLetIn.TooLate(var limit) ->
                            "ERR sluice: login did not end within %d ms"
                                    .formatted(limit.toMillis());
                    case NotLetIn.TooManyFailures tooMany -> Words.tooManyFailures(tooMany);
                    case NotLetIn.Refused(var refusal) -> Words.of(refusal);
                    case NotLetIn.ConfigurationChanged _ ->
                            "ERR sluice: the configuration has changed, connect again";
                    case NotLetIn.Bug _ -> "ERR sluice: internal error of the proxy";
                });
    }
}
