package io.sluice.http;

import static io.netty.handler.codec.http.HttpResponseStatus.BAD_REQUEST;
import static io.netty.handler.codec.http.HttpResponseStatus.FORBIDDEN;
import static io.netty.handler.codec.http.HttpResponseStatus.INTERNAL_SERVER_ERROR;
import static io.netty.handler.codec.http.HttpResponseStatus.METHOD_NOT_ALLOWED;
import static io.netty.handler.codec.http.HttpResponseStatus.MISDIRECTED_REQUEST;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.SERVICE_UNAVAILABLE;
import static io.netty.handler.codec.http.HttpResponseStatus.TOO_MANY_REQUESTS;
import static io.netty.handler.codec.http.HttpResponseStatus.UNAUTHORIZED;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.sluice.config.ConsoleConfig.ConsoleUser;
import io.sluice.console.Console;
import io.sluice.console.Operator;
import io.sluice.console.Reply;
import io.sluice.net.ChannelFailures;
import io.sluice.net.Peer;
import io.sluice.session.FailedLogins;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests of one HTTP connection, one at a time.
 *
 * <p>Whoever changes something must send the header {@code X-Sluice-Console}, which a browser lets
 * no foreign page send. On loopback the Host header must name this machine, so that a foreign name
 * that resolves here (DNS rebinding) gets nothing.
 *
 * <p><b>Threads:</b> confined to the HTTP loop.
 */
final class HttpDesk extends SimpleChannelInboundHandler<FullHttpRequest> {
    /** The header that a request to {@code /console} must have, whatever its value. */
    static final String CONSOLE_HEADER = "X-Sluice-Console";

    private static final Logger LOG = LogManager.getLogger(HttpDesk.class);

    /** What failed logins are counted for here, as those of tenants are for them. */
    private static final String LOGINS_HERE = "http";

    private static final Pattern TOPIC = Pattern.compile("[A-Za-z_]{1,40}");

    /** A request must be whole, or an answer taken and the next request whole, within it. */
    private static final long PATIENCE_SECONDS = 30;

    private static final int RETRY_AFTER_SECONDS = 60;

    private final Services services;
    private @Nullable ScheduledFuture<?> deadline;
    private @Nullable Future<?> running;
    private boolean busy;

    /**
     * What requests are answered by.
     *
     * @param openMetrics whether metrics need no login
     * @param loopback whether the listener is on loopback, so that Host is looked at
     */
    record Services(
            Console console,
            ConsoleLogin login,
            FailedLogins failedLogins,
            IntSupplier failedLoginsLimit,
            MetricsPage metrics,
            HealthPages health,
            boolean openMetrics,
            boolean loopback) {}

    HttpDesk(Services services) {
        this.services = services;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        awaitRequest(ctx);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        stopDeadline();
    }

    private void awaitRequest(ChannelHandlerContext ctx) {
        deadline = ctx.executor().schedule(() -> ctx.close(), PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private void stopDeadline() {
        ScheduledFuture<?> pending = deadline;
        if (pending != null) {
            pending.cancel(false);
            deadline = null;
        }
    }

    // ---- requests

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (busy) {
            ctx.close(); // pipelined requests are not taken
            return;
        }
        busy = true;
        stopDeadline();
        Exchange exchange = Exchange.of(request);
        String mistake = mistakeIn(request);
        if (mistake != null) {
            exchange.closing = true;
            answer(ctx, exchange, Page.text(BAD_REQUEST, mistake));
        } else if (services.loopback() && !namesThisMachine(request)) {
            answer(
                    ctx,
                    exchange,
                    Page.text(
                            MISDIRECTED_REQUEST, "the Host header must be localhost or 127.0.0.1"));
        } else {
            route(ctx, exchange, request);
        }
    }

    private static @Nullable String mistakeIn(FullHttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return "not an HTTP request that is understood here";
        }
        return request.headers().getAll(HttpHeaderNames.HOST).size() == 1
                ? null
                : "exactly one Host header is needed";
    }

    private static boolean namesThisMachine(FullHttpRequest request) {
        String host = request.headers().get(HttpHeaderNames.HOST, "");
        String name = host.replaceFirst(":\\d*$", "");
        return name.equalsIgnoreCase("localhost")
                || name.equals("[::1]")
                || name.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
    }

    private void route(ChannelHandlerContext ctx, Exchange exchange, FullHttpRequest request) {
        String path = new QueryStringDecoder(request.uri()).path();
        if (path.equals("/console")) {
            if (!request.method().equals(HttpMethod.POST)) {
                exchange.allow = "POST";
                answer(ctx, exchange, Page.text(METHOD_NOT_ALLOWED, "POST a command"));
            } else if (!request.headers().contains(CONSOLE_HEADER)) {
                answer(ctx, exchange, Page.text(FORBIDDEN, "header missing: " + CONSOLE_HEADER));
            } else {
                String command = request.content().toString(StandardCharsets.UTF_8);
                withLogin(ctx, exchange, request, user -> console(ctx, user, command));
            }
            return;
        }
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            exchange.allow = "GET, HEAD";
            answer(ctx, exchange, Page.text(METHOD_NOT_ALLOWED, "only GET and HEAD"));
            return;
        }
        switch (path) {
            case "/livez" -> answer(ctx, exchange, services.health().live());
            case "/readyz" -> answer(ctx, exchange, services.health().ready());
            case "/startupz" -> answer(ctx, exchange, services.health().startup());
            case "/metrics" -> {
                String accept = request.headers().get(HttpHeaderNames.ACCEPT, "");
                if (services.openMetrics()) {
                    answer(ctx, exchange, services.metrics().page(accept));
                } else {
                    withLogin(ctx, exchange, request, _ -> services.metrics().page(accept));
                }
            }
            default -> {
                String topic = path.startsWith("/show/") ? path.substring(6) : "";
                if (TOPIC.matcher(topic).matches()) {
                    withLogin(ctx, exchange, request, user -> console(ctx, user, "SHOW " + topic));
                } else {
                    answer(
                            ctx,
                            exchange,
                            Page.text(
                                    NOT_FOUND,
                                    "there are /livez, /readyz, /startupz, /metrics, /show/<topic>,"
                                            + " and POST /console"));
                }
            }
        }
    }

    private CompletableFuture<Page> console(
            ChannelHandlerContext ctx, ConsoleUser user, String command) {
        Operator operator = new Operator(user.name(), user.role(), Peer.printable(ctx.channel()));
        CompletableFuture<Reply> reply =
                services.console().execute(operator, command).toCompletableFuture();
        CompletableFuture<Page> page =
                reply.thenApply(answer -> Page.json(statusOf(answer), Json.of(answer)));
        page.whenComplete((_, _) -> {
            if (page.isCancelled()) {
                reply.cancel(false);
            }
        });
        return page;
    }

    private static HttpResponseStatus statusOf(Reply reply) {
        return switch (reply) {
            case Reply.Rows _, Reply.Done _, Reply.Notice _ -> OK;
            case Reply.Failure failure ->
                    switch (failure.kind()) {
                        case DENIED -> FORBIDDEN;
                        case FAILED -> INTERNAL_SERVER_ERROR;
                        case WRONG, BAD_CONFIGURATION, CANCELLED -> BAD_REQUEST;
                    };
        };
    }

    // ---- login

    private void withLogin(
            ChannelHandlerContext ctx,
            Exchange exchange,
            FullHttpRequest request,
            Function<ConsoleUser, CompletableFuture<Page>> then) {
        String header = request.headers().get(HttpHeaderNames.AUTHORIZATION);
        ConsoleLogin.Credentials credentials = ConsoleLogin.Credentials.parse(header);
        if (credentials == null) {
            answer(ctx, exchange, Page.text(UNAUTHORIZED, "a console user must log in"));
            return;
        }
        FailedLogins.Source source =
                FailedLogins.Source.of(ctx.channel().remoteAddress(), LOGINS_HERE);
        int limit = services.failedLoginsLimit().getAsInt();
        if (services.failedLogins().pause(source, limit, System.nanoTime()).isPositive()) {
            answer(ctx, exchange, Page.text(TOO_MANY_REQUESTS, "too many failed logins"));
            return;
        }
        services.login()
                .check(credentials, isLocal(ctx))
                .whenCompleteAsync(
                        (user, failure) -> {
                            if (failure != null) {
                                answer(
                                        ctx,
                                        exchange,
                                        Page.text(SERVICE_UNAVAILABLE, "too many logins at once"));
                            } else if (user == null) {
                                services.failedLogins().failed(source, System.nanoTime());
                                LOG.warn("http: login failed, address={}", source.address());
                                answer(
                                        ctx,
                                        exchange,
                                        Page.text(UNAUTHORIZED, "name or password is wrong"));
                            } else {
                                answer(ctx, exchange, then.apply(user));
                            }
                        },
                        ctx.executor());
    }

    private static boolean isLocal(ChannelHandlerContext ctx) {
        InetAddress address = remote(ctx);
        return address == null || address.isLoopbackAddress();
    }

    /** Null for a unix socket. */
    private static @Nullable InetAddress remote(ChannelHandlerContext ctx) {
        return ctx.channel().remoteAddress() instanceof InetSocketAddress inet
                ? inet.getAddress()
                : null;
    }

    // ---- answers

    /** What of a request its answer depends on, when the request itself is gone. */
    private static final class Exchange {
        final boolean head;
        boolean closing;
        @Nullable String allow;

        private Exchange(boolean head, boolean closing) {
            this.head = head;
            this.closing = closing;
        }

        static Exchange of(FullHttpRequest request) {
            return new Exchange(
                    request.method().equals(HttpMethod.HEAD), !HttpUtil.isKeepAlive(request));
        }
    }

    private void answer(
            ChannelHandlerContext ctx, Exchange exchange, CompletableFuture<Page> page) {
        running = page;
        page.whenCompleteAsync(
                (known, failure) -> {
                    running = null;
                    if (failure != null) {
                        LOG.warn("http: a request failed", failure);
                    }
                    answer(
                            ctx,
                            exchange,
                            failure == null
                                    ? known
                                    : Page.text(INTERNAL_SERVER_ERROR, "failed, see the log"));
                },
                ctx.executor());
    }

    private void answer(ChannelHandlerContext ctx, Exchange exchange, Page page) {
        if (!ctx.channel().isActive()) {
            return;
        }
        byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
        var response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        page.status(),
                        exchange.head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
        var headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, page.contentType());
        headers.setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
        headers.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        if (page.status().equals(UNAUTHORIZED)) {
            headers.set(
                    HttpHeaderNames.WWW_AUTHENTICATE, "Basic realm=\"sluice\", charset=\"UTF-8\"");
        }
        if (page.status().equals(TOO_MANY_REQUESTS)) {
            headers.setInt(HttpHeaderNames.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        if (exchange.allow != null) {
            headers.set(HttpHeaderNames.ALLOW, exchange.allow);
        }
        headers.set(
                HttpHeaderNames.CONNECTION,
                exchange.closing ? HttpHeaderValues.CLOSE : HttpHeaderValues.KEEP_ALIVE);
        busy = false;
        awaitRequest(ctx);
        var written = ctx.writeAndFlush(response);
        if (exchange.closing) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        stopDeadline();
        Future<?> waiting = running;
        if (waiting != null) {
            waiting.cancel(false);
        }
        super.channelInactive(ctx);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("http: {}", ChannelFailures.reason("http", cause), cause);
        ctx.close();
    }
}
