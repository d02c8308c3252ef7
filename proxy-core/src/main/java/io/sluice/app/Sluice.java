package io.sluice.app;

import io.sluice.config.LiveConfig;
import io.sluice.config.Loaded;
import io.sluice.config.RuntimeConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.console.CommandConsole;
import io.sluice.console.Console;
import io.sluice.console.OperatorSessions;
import io.sluice.fanout.Hubs;
import io.sluice.guard.Guards;
import io.sluice.guard.Refusal;
import io.sluice.http.HttpServer;
import io.sluice.metrics.KindBook;
import io.sluice.metrics.PinCounts;
import io.sluice.metrics.StatsBook;
import io.sluice.metrics.UnreadBook;
import io.sluice.net.Clock;
import io.sluice.net.Dialer;
import io.sluice.net.Homes;
import io.sluice.net.Listener;
import io.sluice.net.Loop;
import io.sluice.net.Loops;
import io.sluice.net.TlsContexts;
import io.sluice.net.Transport;
import io.sluice.pool.Ledger;
import io.sluice.pool.Pool;
import io.sluice.pool.Pools;
import io.sluice.pool.Switches;
import io.sluice.session.Admission;
import io.sluice.session.FailedLogins;
import io.sluice.session.Logins;
import io.sluice.session.Sessions;
import io.sluice.spi.Lifecycle;
import io.sluice.spi.Protocol;
import io.sluice.spi.Proxy;
import io.sluice.tenant.credential.Decoys;
import io.sluice.tenant.credential.KeyDerivation;
import io.sluice.tenant.credential.PasswordHasher;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The running process: starts and stops every part, in the order in which it is written here.
 *
 * <p><b>Threads:</b> {@link #start}, {@link #awaitStopped} and {@link #close} block and belong to
 * the thread that runs the process; everything else may be called from any.
 */
public final class Sluice implements Proxy, Lifecycle, AutoCloseable {
    private static final Logger LOG = LogManager.getLogger(Sluice.class);
    private static final int KEY_DERIVATIONS_QUEUED = 1024;
    private static final int KEYS_CACHED = 4096;

    /** What the loops get to close their server connections. */
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final LiveConfig live;
    private final Loops loops;
    private final List<OnLoop> onLoops = new ArrayList<>();
    private final Homes homes;
    private final Ledger ledger;
    private final Admission admission = new Admission();
    private final FailedLogins failedLogins = new FailedLogins();
    private final Switches switches = new Switches();
    private final StatsBook stats = new StatsBook();
    private final KindBook kinds = new KindBook();
    private final UnreadBook unread = new UnreadBook();
    private final PinCounts pinCounts = new PinCounts();
    private final TlsContexts tls = new TlsContexts();
    private final KeyDerivation keyDerivation =
            new KeyDerivation(KEY_DERIVATIONS_QUEUED, KEYS_CACHED);
    private final Decoys decoys = Decoys.random(PasswordHasher.DEFAULT_ITERATIONS);
    private final AtomicLong lastId = new AtomicLong();
    private final Map<String, Protocol.Server> servers = new LinkedHashMap<>();
    private final Dialer dialer;
    private final OperatorSessions operators = new OperatorSessions();
    private final CommandConsole console;
    private final Listeners listeners;
    private final Reloading reloading;
    private final AtomicReference<@Nullable Stopping> stopping = new AtomicReference<>();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private volatile @Nullable HttpServer http;
    private volatile boolean listening;

    /** What each loop has of its own. */
    private record OnLoop(
            Loop loop,
            Logins logins,
            Sessions sessions,
            Pools pools,
            Hubs hubs,
            GuardBook guards,
            Departures departures) {
        static OnLoop of(Loop loop, Homes homes, ConcurrentMap<String, AtomicInteger> running) {
            var sessions = new Sessions(loop);
            return new OnLoop(
                    loop,
                    new Logins(),
                    sessions,
                    new Pools(loop, homes),
                    new Hubs(loop),
                    new GuardBook(loop, running),
                    new Departures(loop, sessions));
        }

        void start() {
            loop.addSweep(logins);
            sessions.start();
            pools.start();
            hubs.start();
            departures.start();
        }
    }

    @SuppressWarnings("this-escape") // nothing is called before the constructor has ended
    private Sluice(ConfigFile file, Loaded.Ready first, Transport transport, Clock clock) {
        RuntimeConfig runtime = first.config().runtime();
        this.live = new LiveConfig(first, () -> file.load(tls, this::prepareListeners));
        this.loops = new Loops(transport, runtime.eventLoops(), clock);
        this.homes = new Homes(loops);
        var running = new ConcurrentHashMap<String, AtomicInteger>();
        loops.forEach(loop -> onLoops.add(OnLoop.of(loop, homes, running)));
        this.ledger = new Ledger(loops.get(0));
        this.dialer = new Dialer(loops.transport());
        this.console = new CommandConsole(this, this, Version.CURRENT, live::view);
        this.listeners = new Listeners(loops, servers);
        this.reloading = new Reloading(live, this, servers.values(), listeners);
    }

    /**
     * Starts the process; when this returns, clients are accepted.
     *
     * @param file read again by each reload
     * @param first what was read from it now
     * @throws IOException if an address cannot be had, a file not be used, or the machine does not
     *     have the configured transport; the message says it for people, in one line
     */
    public static Sluice start(ConfigFile file, Loaded.Ready first, Clock clock)
            throws IOException {
        Transport transport = transport(first.config().runtime().transport());
        Sluice sluice = new Sluice(file, first, transport, clock);
        try {
            sluice.open(file.protocols());
        } catch (IOException | RuntimeException e) {
            sluice.close();
            throw e;
        }
        return sluice;
    }

    private void prepareListeners(SluiceConfig next) throws Unusable {
        listeners.prepare(next);
    }

    private static Transport transport(String name) throws IOException {
        try {
            return Transport.named(name);
        } catch (IllegalStateException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void open(List<Protocol> protocols) throws IOException {
        SluiceConfig config = config();
        new TlsFiles(tls, protocols).read(config, ConfigFile.Preparation.NONE);
        loops.onEach(loop -> onLoops.get(loop.index()).start());
        loops.get(0).execute(ledger::start);
        for (Protocol protocol : protocols) {
            servers.put(protocol.name(), protocol.start(this));
        }
        http = HttpServer.start(this, this, console, Version.CURRENT);
        SocketAddress httpAddress = httpAddress();
        if (httpAddress != null) {
            LOG.info("listener={} protocol=http", Listener.printable(httpAddress));
        }
        listeners.open(config);
        listening = true;
        LOG.info(
                "started version={} transport={} loops={} tenants={} backends={}",
                Version.CURRENT,
                loops.transport(),
                loops.size(),
                config.tenants().size(),
                config.backends().size());
    }

    /** Ends everything now, unless it has ended; returns when it has. */
    @Override
    public void close() {
        shutdown(Shutdown.NOW);
        awaitStopped();
    }

    /** Waits until a shutdown is through. */
    public void awaitStopped() {
        stopped.join();
    }

    @Override
    public void shutdown(Shutdown mode) {
        var mine = new Stopping(mode, loops, listeners, this::departures);
        Stopping underWay = stopping.compareAndExchange(null, mine);
        if (underWay == null) {
            Thread.ofPlatform().name("sluice-shutdown").start(() -> stop(mine));
        } else {
            underWay.hurry();
        }
    }

    private void stop(Stopping departing) {
        try {
            departing.run(config().runtime());
            closeServerConnections();
        } catch (RuntimeException e) {
            LOG.error("shutdown is not as graceful as it should be", e);
        } finally {
            // Health is asked for until the end.
            HttpServer server = http;
            if (server != null) {
                server.close();
            }
            loops.close();
            console.close();
            tls.close();
            keyDerivation.close();
            LOG.info("stopped");
            stopped.complete(null);
        }
    }

    /** What a loop that hangs keeps to itself is closed by the end of the process. */
    private void closeServerConnections() {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (Loop loop : loops) {
            all.add(CompletableFuture.runAsync(() -> tearDownPools(loop), loop.executor()));
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, FAREWELL.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        if (!all.stream().allMatch(CompletableFuture::isDone)) {
            LOG.warn("an event loop hangs: its server connections are left to the kernel");
        }
    }

    private void tearDownPools(Loop loop) {
        for (Pool pool : List.copyOf(pools(loop).all())) {
            pool.tearDown(new Refusal.ShuttingDown());
        }
    }

    /** The first address really listened on for a protocol: with port 0, what the kernel chose. */
    public SocketAddress boundAddress(String protocol) {
        return addresses(protocol).getFirst();
    }

    /** All of them, in the order of the configuration; none when listeners are closed. */
    public List<SocketAddress> addresses(String protocol) {
        return listeners.addresses(protocol);
    }

    /** Where HTTP is really listened on; null if it is off. */
    public @Nullable SocketAddress httpAddress() {
        HttpServer server = http;
        return server == null ? null : server.address();
    }

    @Override
    public boolean isReady() {
        return listening && !isDraining();
    }

    @Override
    public @Nullable Shutdown shutdownUnderWay() {
        Stopping underWay = stopping.get();
        return underWay == null ? null : underWay.mode();
    }

    @Override
    public boolean isDraining() {
        return stopping.get() != null;
    }

    @Override
    public CompletionStage<Reload> reload() {
        return CompletableFuture.supplyAsync(
                reloading::run, task -> Thread.ofVirtual().name("sluice-reload").start(task));
    }

    // ---- the parts

    @Override
    public SluiceConfig config() {
        return live.current();
    }

    @Override
    public Loops loops() {
        return loops;
    }

    @Override
    public Homes homes() {
        return homes;
    }

    @Override
    public Ledger ledger() {
        return ledger;
    }

    @Override
    public Admission admission() {
        return admission;
    }

    @Override
    public FailedLogins failedLogins() {
        return failedLogins;
    }

    @Override
    public Switches switches() {
        return switches;
    }

    @Override
    public StatsBook stats() {
        return stats;
    }

    @Override
    public KindBook kinds() {
        return kinds;
    }

    @Override
    public UnreadBook unread() {
        return unread;
    }

    @Override
    public PinCounts pinCounts() {
        return pinCounts;
    }

    @Override
    public TlsContexts tls() {
        return tls;
    }

    @Override
    public KeyDerivation keyDerivation() {
        return keyDerivation;
    }

    @Override
    public Decoys decoys() {
        return decoys;
    }

    @Override
    public Dialer dialer() {
        return dialer;
    }

    @Override
    public Console console() {
        return console;
    }

    @Override
    public OperatorSessions operators() {
        return operators;
    }

    @Override
    public Pools pools(Loop loop) {
        return onLoops.get(loop.index()).pools();
    }

    @Override
    public Hubs hubs(Loop loop) {
        return onLoops.get(loop.index()).hubs();
    }

    @Override
    public Sessions sessions(Loop loop) {
        return onLoops.get(loop.index()).sessions();
    }

    @Override
    public Logins logins(Loop loop) {
        return onLoops.get(loop.index()).logins();
    }

    @Override
    public Guards guards(Loop home, TenantConfig tenant) {
        return guards(home).of(tenant);
    }

    GuardBook guards(Loop loop) {
        return onLoops.get(loop.index()).guards();
    }

    Departures departures(Loop loop) {
        return onLoops.get(loop.index()).departures();
    }

    @Override
    public long nextId() {
        return lastId.incrementAndGet();
    }
}
