package io.sluice.resp.session;

import io.sluice.resp.command.Arguments;
import io.sluice.resp.command.BackendCommands;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.Danger;
import io.sluice.resp.command.KeySpec;
import io.sluice.resp.command.PrefixUse;
import io.sluice.resp.config.Isolation;
import io.sluice.resp.config.RespSettings;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which commands a tenant may use: by what they are, by how it shares its server, and by its
 * configuration. Immutable but for what it remembers; confined to one loop.
 */
final class Policy {
    private final RespSettings settings;
    private @Nullable String[] known = new @Nullable String[0];

    Policy(RespSettings settings) {
        this.settings = settings;
    }

    RespSettings settings() {
        return settings;
    }

    /** The error that {@code spec} is refused with on a server; null if it may be used there. */
    @Nullable String refusal(CommandSpec spec, BackendCommands backend) {
        String refusal = refusal(spec);
        boolean disagrees =
                refusal == null
                        && settings.isolation() == Isolation.PREFIX
                        && !backend.allowsPrefix(spec);
        return disagrees
                ? refused(
                        spec,
                        "is refused with isolation = prefix: this server has its keys elsewhere than Sluice knows")
                : refusal;
    }

    /** The error that {@code spec} is refused with; null if it may be used. */
    @Nullable String refusal(CommandSpec spec) {
        int id = spec.id();
        if (id >= known.length) {
            known = Arrays.copyOf(known, Math.max(id + 1, 2 * known.length));
        }
        String verdict = known[id];
        if (verdict == null) {
            verdict = decide(spec);
            known[id] = verdict;
        }
        return verdict.isEmpty() ? null : verdict;
    }

    /** The error for a pattern that is longer than it may be; null if there is none. */
    @Nullable String longPattern(CommandSpec spec, Arguments arguments) {
        if (!spec.hasPattern()) {
            return null;
        }
        int most = settings.requests().maxPattern();
        for (int i = 1; i < arguments.count(); i++) {
            boolean isKey = i == 1 && spec.keys().mayName(KeySpec.Role.KEY);
            if (arguments.length(i) > most && !isKey) {
                return "ERR sluice: a pattern of %s has %d bytes, %d may be (requests.max-pattern)"
                        .formatted(spec.name().toUpperCase(Locale.ROOT), arguments.length(i), most);
            }
        }
        return null;
    }

    private String decide(CommandSpec spec) {
        if (names(settings.block(), spec)) {
            return refused(spec, "is blocked (commands.block)");
        }
        if (spec.danger() == Danger.NEVER) {
            return refused(spec, "cannot be used through a shared proxy");
        }
        if (!owns(spec.danger())) {
            return refused(spec, "is refused: it reaches beyond this tenant's " + share());
        }
        if (settings.isolation() == Isolation.PREFIX && spec.prefix() == PrefixUse.REFUSED) {
            return refused(
                    spec,
                    "is refused with isolation = prefix: what it names cannot be told apart by tenant");
        }
        if (spec.isBlocked() && !names(settings.allow(), spec)) {
            return refused(spec, "is blocked by default");
        }
        return "";
    }

    /** Whether a command is among these, by its own name or its container's. */
    private static boolean names(Set<String> commands, CommandSpec spec) {
        String name = spec.name();
        int space = name.indexOf(' ');
        return commands.contains(name)
                || (space > 0 && commands.contains(name.substring(0, space)));
    }

    private boolean owns(Danger danger) {
        return switch (danger) {
            case NONE -> true;
            case OWN_DATABASE -> settings.isolation() != Isolation.PREFIX;
            case OWN_SERVER -> settings.isolation() == Isolation.BACKEND;
            case NEVER -> false;
        };
    }

    /** What a tenant has of a server that it does not have for itself. */
    private String share() {
        return switch (settings.isolation()) {
            case BACKEND -> "server";
            case DATABASES -> "databases";
            case PREFIX -> "key prefix";
        };
    }

    private static String refused(CommandSpec spec, String why) {
        return "NOPERM sluice: %s %s%s"
                .formatted(
                        spec.name().toUpperCase(Locale.ROOT),
                        why,
                        spec.alternative().isEmpty()
                                ? ""
                                : "; use " + spec.alternative() + " instead");
    }
}
