package io.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.sluice.config.ListenerConfig;
import io.sluice.config.Secret;
import io.sluice.guard.Refusal;
import io.sluice.net.Loop;
import io.sluice.pool.Pool;
import io.sluice.pool.PoolKey;
import io.sluice.pool.ProtocolPool;
import io.sluice.session.Arrival;
import io.sluice.session.Entrance;
import io.sluice.session.FailedLogins;
import io.sluice.session.HomeComing;
import io.sluice.session.LastWords;
import io.sluice.session.NotLetIn;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;
import io.sluice.tenant.TenantClaim;
import io.sluice.tenant.credential.OnLoop;
import io.sluice.tenant.credential.PasswordCheck;
import io.sluice.tenant.credential.Verifier;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The first words with a client of {@link LineProtocol}. */
final class LineLogin extends Arrival {
    private static final int LONGEST_LINE = 1000;

    private String user = "";
    private boolean begun;
    private boolean checking;

    LineLogin(Proxy proxy, ListenerConfig listener, Channel channel, Loop loop) {
        super(proxy, listener, channel, loop::now, proxy.logins(loop));
    }

    @Override
    protected boolean read(ByteBuf in) {
        if (checking) {
            return false;
        }
        if (!begun && !tls().wasAskedFor() && tlsBegins(in, false)) {
            return false;
        }
        int length = in.bytesBefore((byte) '\n');
        if (length < 0) {
            if (in.readableBytes() > LONGEST_LINE) {
                hangUp("a line without end");
            }
            return false;
        }
        String line = in.readString(length, UTF_8);
        in.skipBytes(1);
        begun = true;
        onLine(List.of(line.split(" ")));
        return true;
    }

    private void onLine(List<String> words) {
        switch (words.getFirst()) {
            case "tls" -> {
                tls().onAskedFor();
                if (tls().isOffered()) {
                    beginTls(text("go"));
                } else {
                    say("no");
                }
            }
            case "login" -> {
                user = words.get(3);
                login(words.get(1), words.get(2), words.size() > 4 ? words.get(4) : null);
            }
            case "linger" -> endWhenClosed("it lingers");
            case "break" -> throw new IllegalStateException("as it was asked to");
            default -> refuse(lastWords("not a login"), "it did not log in");
        }
    }

    private void login(String tenant, String database, @Nullable String password) {
        if (lacksTls()) {
            refuse(lastWords("come with TLS"), "came without TLS");
            return;
        }
        TenantClaim claim =
                new TenantClaim(
                        listener().tenant(),
                        tls().serverName(),
                        tenant.equals("-") ? null : tenant,
                        user);
        Destination destination =
                claim.in(proxy().config())
                                instanceof TenantClaim.Reading.Named(String named, String name)
                        ? Destination.find(proxy().config(), "line", named, database, name)
                        : null;
        if (password != null) {
            check(claim.claimed(proxy().config(), ""), destination, password);
        } else if (destination == null) {
            refuse(lastWords("nobody knows you"), "unknown");
        } else {
            letIn(destination);
        }
    }

    private void check(String claimed, @Nullable Destination destination, String password) {
        FailedLogins.Source source = source(claimed);
        NotLetIn why = tooManyFailures(source);
        if (why != null) {
            refuse(why);
            return;
        }
        checking = true;
        OnLoop.then(
                        new PasswordCheck(proxy().keyDerivation(), proxy().decoys())
                                .matches(
                                        new Secret(password),
                                        claimed + "/" + user,
                                        destination == null
                                                ? List.of()
                                                : Verifier.allOf(
                                                        destination.user().verify(), user)),
                        channel().eventLoop(),
                        right -> right,
                        _ -> false)
                .thenAccept(right -> onChecked(source, destination, right));
    }

    /** A wrong password may be tried again. */
    private void onChecked(
            FailedLogins.Source source, @Nullable Destination destination, boolean right) {
        checking = false;
        if (isOver()) {
            return;
        }
        if (right && destination != null) {
            letIn(destination);
        } else {
            countFailure(source);
            say("wrong");
            readOn();
        }
    }

    private void letIn(Destination destination) {
        Entrance entrance = Entrance.to(destination, proxy());
        Refusal refusal = entrance.enter(destination);
        if (refusal != null) {
            refuse(new NotLetIn.Refused(refusal));
            return;
        }
        HomeComing.begin(
                this, entrance, text("welcome"), way -> arrive(way, destination, entrance));
    }

    private void arrive(HomeComing way, Destination destination, Entrance entrance) {
        Destination present = destination.in(proxy().config());
        if (present == null) {
            way.refuse(new NotLetIn.ConfigurationChanged());
            return;
        }
        Loop home = way.home();
        Pool pool =
                ProtocolPool.of(
                                proxy(),
                                home,
                                PoolKey.of(present, ""),
                                LinePool.class,
                                () -> new LinePool(proxy(), home, present))
                        .pool();
        LineSession session =
                new LineSession(
                        proxy().nextId(),
                        way.channel(),
                        pool,
                        proxy().guards(home, present.tenant()),
                        proxy(),
                        tls().words(),
                        entrance);
        way.giveTo(session, session::begin);
    }

    @Override
    public String user() {
        return user;
    }

    @Override
    protected LastWords words(NotLetIn why) {
        return lastWords("refused: " + why.reason());
    }

    private static LastWords lastWords(String text) {
        return new LastWords(text, out -> ByteBufUtil.writeUtf8(out, text + "\n"));
    }

    private void say(String text) {
        channel().writeAndFlush(text(text));
    }

    private ByteBuf text(String text) {
        return ByteBufUtil.writeUtf8(channel().alloc(), text + "\n");
    }
}
