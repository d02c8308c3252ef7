package io.sluice.resp.config;

import io.sluice.config.DatabaseConfig;
import io.sluice.config.Section;
import io.sluice.config.ServiceConfig;
import io.sluice.config.TlsMode;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.CommandTable;
import io.sluice.resp.command.Danger;
import io.sluice.spi.ProtocolBinder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Binds Redis' own keys; {@code reference-redis.conf} documents them. */
public final class RespBinder implements ProtocolBinder {
    private static final Duration LONGEST = Duration.ofDays(24);
    private static final int MOST_DATABASES = 10_000;

    /**
     * No glob's star, no brace of a hash tag, and no quote, which is what ends a name in errors;
     * and not what the channels of keyspace notifications begin with.
     */
    private static final Pattern PREFIX = Pattern.compile("(?!__key)[!-~&&[^*{'\"`]]{1,64}");

    @Override
    public RespSettings bindGlobal(Section section) {
        return settings(section);
    }

    /**
     * A backend has no keys of Redis' own. But of TLS it has to speak clearly: {@code prefer}, the
     * default of all protocols, is to go without, and whoever writes of TLS does not mean that.
     */
    @Override
    public Object bindBackend(Section section) {
        Section tls = section.section("tls");
        boolean speaksOfTls = section.has("tls") || tls.names().contains("certificate");
        if (speaksOfTls && tls.choice("mode", TlsMode.class) == TlsMode.PREFER) {
            section.reject(
                    "tls",
                    "its mode is prefer, which is not possible with Redis, as that cannot be asked whether it has TLS: set tls.mode to disable, require, verify-ca or verify-full");
        }
        return Optional.empty();
    }

    @Override
    public RespSettings bindService(Section section, Object global) {
        for (String name : section.section("databases").names()) {
            section.reject(
                    "databases",
                    "Redis' databases are numbers, which first-database and database-count say: %s cannot be one"
                            .formatted(name));
        }
        return settings(section);
    }

    private static RespSettings settings(Section section) {
        Isolation isolation = section.choice("isolation", Isolation.class);
        String prefix = section.string("prefix");
        int first = section.integer("first-database", 0, MOST_DATABASES);
        int count = section.integer("database-count", 1, 256);
        if (isolation == Isolation.PREFIX && count > 1 && section.has("database-count")) {
            section.reject(
                    "database-count",
                    "must be 1 with isolation = prefix: all keys are in one database");
        }
        if (!prefix.isEmpty() && !PREFIX.matcher(prefix).matches()) {
            section.reject(
                    "prefix",
                    "must be of 1 to 64 printable ASCII characters, without space, quotes, * and {, and not begin with __key: Redis or its error texts take these for something else");
        }
        if (isolation == Isolation.BACKEND && first != 0) {
            section.reject(
                    "first-database",
                    "must be 0 with isolation = backend, where all databases of the server are the tenant's: use isolation = databases for a range");
        }
        Section commands = section.section("commands");
        Section shared = section.section("shared");
        Section patience = section.section("command-timeouts");
        Section replies = section.section("unread-replies");
        Section requests = section.section("requests");
        Section subscriptions = section.section("subscriptions");
        long hard = replies.bytes("hard", 1 << 16, 1L << 40);
        return new RespSettings(
                isolation,
                prefix.isEmpty() ? Optional.empty() : Optional.of(prefix),
                first,
                isolation == Isolation.PREFIX ? 1 : count,
                allowed(commands),
                names(commands, "block"),
                new RespSettings.Shared(
                        shared.integer("connections", 1, 1000),
                        shared.integer("slots", 1, 1 << 20),
                        shared.duration("stall", Duration.ofMillis(100), LONGEST)),
                new RespSettings.Patience(
                        patience.duration("simple-read", Duration.ZERO, LONGEST),
                        patience.duration("complex-read", Duration.ZERO, LONGEST),
                        patience.duration("write", Duration.ZERO, LONGEST),
                        patience.duration("batch", Duration.ZERO, LONGEST),
                        patience.duration("other", Duration.ZERO, LONGEST),
                        patience.duration("blocking", Duration.ZERO, LONGEST)),
                new RespSettings.Replies(
                        replies.bytes("soft", 1 << 16, 1L << 40),
                        replies.duration("soft-for", Duration.ZERO, LONGEST),
                        hard,
                        replies.bytes("total", 1 << 16, 1L << 40)),
                new RespSettings.Requests(
                        requests.integer("max-arguments", 16, 1 << 30),
                        requests.bytes("max-argument", 1024, 512L << 20),
                        requests.bytes("max-command", 1 << 16, 1L << 31),
                        (int) requests.bytes("max-pattern", 1, 1 << 20)),
                new RespSettings.Subscriptions(
                        subscriptions.integer("max-channels", 1, 1 << 20),
                        subscriptions.integer("max-total", 1, 1 << 30),
                        (int) subscriptions.bytes("max-name", 1, 1 << 20)));
    }

    /** Who allows what cannot be, or what is not there, is told so and not left to find out. */
    private static Set<String> allowed(Section section) {
        Set<String> allowed = names(section, "allow");
        for (String name : allowed) {
            List<CommandSpec> commands = CommandTable.shipped().all(name);
            if (commands.isEmpty()) {
                section.reject("allow", "there is no command \"%s\"".formatted(name));
            } else if (commands.stream().allMatch(spec -> spec.danger() == Danger.NEVER)) {
                String alternative = commands.getFirst().alternative();
                section.reject(
                        "allow",
                        "%s cannot be allowed: it cannot be used through a shared proxy%s"
                                .formatted(
                                        name.toUpperCase(Locale.ROOT),
                                        alternative.isEmpty()
                                                ? ""
                                                : "; use " + alternative + " instead"));
            }
        }
        return allowed;
    }

    private static Set<String> names(Section section, String key) {
        return section.strings(key).stream()
                .map(name -> name.trim().toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Map<String, DatabaseConfig> databases(Object service) {
        RespSettings settings = (RespSettings) service;
        var databases = new LinkedHashMap<String, DatabaseConfig>();
        for (int i = 0; i < settings.databases(); i++) {
            String name = Integer.toString(i);
            databases.put(
                    name,
                    new DatabaseConfig(
                            name,
                            Integer.toString(settings.firstDatabase() + i),
                            0,
                            0,
                            Optional.empty()));
        }
        return databases;
    }

    /**
     * Those that are shared, of either version, and for each one that subscribes and one that asks.
     */
    @Override
    public int connectionsBesidePool(Object service) {
        return 2 * (((RespSettings) service).shared().connections() + 2);
    }

    @Override
    public boolean keepsConnectionsWarm() {
        return false;
    }

    @Override
    public void checkTenants(Map<String, ServiceConfig> services, Complaints complaints) {
        SharedServers.check(services, complaints);
    }

    /** There is no section of one database. */
    @Override
    public Object bindDatabase(Section section, Object service) {
        return Optional.empty();
    }

    /** A user has no keys of Redis' own. */
    @Override
    public Object bindUser(Section section, Object service) {
        return Optional.empty();
    }
}
