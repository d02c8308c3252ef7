package io.sluice.spi;

import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.console.Console;
import io.sluice.console.OperatorSessions;
import io.sluice.fanout.Hubs;
import io.sluice.guard.Guards;
import io.sluice.metrics.KindBook;
import io.sluice.metrics.PinCounts;
import io.sluice.metrics.StatsBook;
import io.sluice.metrics.UnreadBook;
import io.sluice.net.Dialer;
import io.sluice.net.Homes;
import io.sluice.net.Loop;
import io.sluice.net.Loops;
import io.sluice.net.TlsContexts;
import io.sluice.pool.Ledger;
import io.sluice.pool.Pools;
import io.sluice.pool.Switches;
import io.sluice.session.Admission;
import io.sluice.session.FailedLogins;
import io.sluice.session.Logins;
import io.sluice.session.Sessions;
import io.sluice.tenant.credential.Decoys;
import io.sluice.tenant.credential.KeyDerivation;

/** What a protocol is given: the parts of the running process. Any thread, unless they say else. */
public interface Proxy {

    /** The configuration in force; a later call may return a newer one. */
    SluiceConfig config();

    Loops loops();

    Homes homes();

    Ledger ledger();

    Admission admission();

    /** Logins that failed, of all protocols. */
    FailedLogins failedLogins();

    Switches switches();

    StatsBook stats();

    /** Operations by kind; a protocol that has kinds makes them known when it begins to serve. */
    KindBook kinds();

    /** What clients leave unread, of the protocols that keep it for them. */
    UnreadBook unread();

    /** Pins by reason; a protocol makes its reasons known when it begins to serve. */
    PinCounts pinCounts();

    /** TLS of listeners and backends, reloaded with the configuration. */
    TlsContexts tls();

    /** Derives keys from passwords off the loops. */
    KeyDerivation keyDerivation();

    /** What users who do not exist are checked against. */
    Decoys decoys();

    /** Connects to backends. */
    Dialer dialer();

    Console console();

    /** Who is logged in at the console. */
    OperatorSessions operators();

    /** Pools of a loop; confined to it. */
    Pools pools(Loop loop);

    /** Where messages of servers go out to subscribers, of a loop; confined to it. */
    Hubs hubs(Loop loop);

    /** Sessions of a loop; confined to it. */
    Sessions sessions(Loop loop);

    /** Connections of a loop that log in; confined to it. */
    Logins logins(Loop loop);

    /** The guards of a tenant on its home; confined to that loop. */
    Guards guards(Loop home, TenantConfig tenant);

    /** A number for a session or connection, never used again in this process. */
    long nextId();

    /** Whether the process takes no new sessions because it is on its way down. */
    boolean isDraining();
}
